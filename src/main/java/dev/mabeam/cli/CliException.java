package dev.mabeam.cli;

/** A failure of the command line itself: what it says, what to do next, and what it exits with. */
final class CliException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;
  private final String hint;

  CliException(int exitCode, String message, String hint) {
    super(message, null, false, false);
    this.exitCode = exitCode;
    this.hint = hint;
  }

  int exitCode() {
    return exitCode;
  }

  /** What the user can do about it, or the empty string. */
  String hint() {
    return hint;
  }
}
