package dev.mabeam.consensus;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Sees what every copy applies, and notes if two copies differ, a command is executed
 * twice, one that was certainly not to be is, or one of a member that is gone.
 */
final class Ledger {
  private record Happened(long command, String gone) {}

  private final Map<Long, Happened> agreed = new HashMap<>();
  private final Map<Long, Long> executedAt = new HashMap<>();
  private final Set<Long> refused = new HashSet<>();
  private final Set<String> gone = new HashSet<>();
  private Consumer<String> onGone = member -> {};
  private String broken = "";

  void applied(String node, Applying at, long command, String proposer) {
    agree(node, at, new Happened(command, null));
    Long before = executedAt.putIfAbsent(command, at.index());
    if (before != null && before != at.index()) {
      broken(node + " executed command " + command + " at " + at.index() + ", after " + before);
    }
    if (refused.contains(command)) {
      broken(node + " executed command " + command + ", which certainly was not to be");
    }
    if (!at.members().contains(proposer)) {
      broken(
          node + " executed command " + command + " of " + proposer + ", which is gone: "
              + at.members());
    }
  }

  void gone(String node, Applying at, String member) {
    agree(node, at, new Happened(0, member));
    if (gone.add(member)) {
      onGone.accept(member);
    }
  }

  private void agree(String node, Applying at, Happened now) {
    Happened before = agreed.putIfAbsent(at.index(), now);
    if (before != null && !before.equals(now)) {
      broken(node + " came by " + now + " at " + at.index() + ", another copy by " + before);
    }
  }

  /** Its proposer was told so. */
  void refused(long command) {
    refused.add(command);
    if (executedAt.containsKey(command)) {
      broken(
          "command " + command + " was said not to be executed, and was at "
              + executedAt.get(command));
    }
  }

  /** An exception would end somewhere in the engine that calls. */
  private void broken(String what) {
    if (broken.isEmpty()) {
      broken = what;
    }
  }

  /** What was wrong first, or the empty string. */
  String broken() {
    return broken;
  }

  /** Hears each member that is gone when the first copy has it. */
  void onGone(Consumer<String> listener) {
    onGone = listener;
  }

  boolean isGone(String member) {
    return gone.contains(member);
  }

  int ended() {
    return gone.size();
  }

  boolean executed(long command) {
    return executedAt.containsKey(command);
  }

  int executions() {
    return executedAt.size();
  }
}
