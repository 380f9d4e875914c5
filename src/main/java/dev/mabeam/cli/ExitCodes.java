package dev.mabeam.cli;

import dev.mabeam.error.ErrorCode;

/**
 * What the command line exits with. Scripts rely on these; {@link ErrorCode#exitCode()} gives the
 * ones that an operation's failure turns into.
 */
final class ExitCodes {
  static final int OK = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;
  static final int NOT_REACHABLE = 4;
  static final int CONFLICT = 5;
  static final int UNAVAILABLE = 6;
  static final int CONFIGURATION = 78;

  private ExitCodes() {}
}
