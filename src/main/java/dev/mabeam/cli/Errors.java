package dev.mabeam.cli;

import dev.mabeam.error.MabeamException;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** How failures are shown: {@code error: …} and, where there is one, {@code hint: …}. */
final class Errors {
  private Errors() {}

  /** A command line that does not parse. */
  static int usage(ParameterException failure, String[] args) {
    CommandLine command = failure.getCommandLine();
    String hint = "";
    if (failure instanceof UnmatchedArgumentException unmatched) {
      List<String> meant = Suggestions.meant(unmatched.getUnmatched().get(0), command);
      if (!meant.isEmpty()) {
        hint = "did you mean " + String.join(" or ", meant) + "?";
      }
    }
    if (hint.isEmpty()) {
      hint = "'" + command.getCommandSpec().qualifiedName() + " --help' tells what there is";
    }
    print(command.getErr(), lower(failure.getMessage()), hint);
    return ExitCodes.USAGE;
  }

  /** A command that failed. */
  static int report(Exception failure, CommandLine command) {
    if (failure instanceof CliException ours) {
      print(command.getErr(), ours.getMessage(), ours.hint());
      return ours.exitCode();
    }
    if (failure instanceof ParameterException usage) {
      return usage(usage, new String[0]);
    }
    MabeamException ours = MabeamException.of(failure);
    print(command.getErr(), ours.getMessage(), ours.hint());
    return ours.code().exitCode();
  }

  static void print(PrintWriter err, String message, String hint) {
    err.println("error: " + message);
    if (!hint.isEmpty()) {
      err.println("hint: " + hint);
    }
    err.flush();
  }

  private static String lower(String message) {
    return message.isEmpty()
        ? message
        : Character.toLowerCase(message.charAt(0)) + message.substring(1);
  }
}
