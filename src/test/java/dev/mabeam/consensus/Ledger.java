package dev.mabeam.consensus;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Sees what every copy applies, and fails at once if two copies differ, a command is executed
 * twice, one that was certainly not to be is, or one of a member that is gone.
 */
final class Ledger {
  private record Happened(long command, String gone) {}

  private final Map<Long, Happened> agreed = new HashMap<>();
  private final Map<Long, Long> executedAt = new HashMap<>();
  private final Set<Long> refused = new HashSet<>();

  void applied(String node, Applying at, long command, String proposer) {
    agree(node, at, new Happened(command, null));
    Long before = executedAt.putIfAbsent(command, at.index());
    if (before != null && before != at.index()) {
      throw new AssertionError(
          node + " executed command " + command + " at " + at.index() + ", after " + before);
    }
    if (refused.contains(command)) {
      throw new AssertionError(
          node + " executed command " + command + ", which certainly was not to be");
    }
    if (!at.members().contains(proposer)) {
      throw new AssertionError(
          node + " executed command " + command + " of " + proposer + ", which is gone: "
              + at.members());
    }
  }

  void gone(String node, Applying at, String member) {
    agree(node, at, new Happened(0, member));
  }

  private void agree(String node, Applying at, Happened now) {
    Happened before = agreed.putIfAbsent(at.index(), now);
    if (before != null && !before.equals(now)) {
      throw new AssertionError(
          node + " came by " + now + " at " + at.index() + ", another copy by " + before);
    }
  }

  /** Its proposer was told so. */
  void refused(long command) {
    refused.add(command);
    if (executedAt.containsKey(command)) {
      throw new AssertionError(
          "command " + command + " was said not to be executed, and was at "
              + executedAt.get(command));
    }
  }

  boolean executed(long command) {
    return executedAt.containsKey(command);
  }

  int executions() {
    return executedAt.size();
  }
}
