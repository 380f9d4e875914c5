package dev.mabeam.consensus;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.microraft.exception.CannotReplicateException;
import io.microraft.exception.MismatchingRaftGroupMembersCommitIndexException;
import io.microraft.exception.NotLeaderException;
import java.util.function.BooleanSupplier;

/**
 * The engine's failures in the words of {@link Log}. What matters is which of them say that nothing
 * was appended: those with which it turns a request away. Whatever fails an entry later leaves open
 * what becomes of it.
 */
final class LogFailures {
  private final String node;
  private final BooleanSupplier closed;

  /**
   * @param node whose log it is
   * @param closed whether the log takes no part any more
   */
  LogFailures(String node, BooleanSupplier closed) {
    this.node = node;
    this.closed = closed;
  }

  RuntimeException notAppended(Throwable failure) {
    if (failure instanceof NotLeaderException elsewhere) {
      return new Log.NotLeader((Endpoint) elsewhere.getLeader());
    }
    if (failure instanceof CannotReplicateException) {
      return overloaded("is changing its voters or its leader");
    }
    if (failure instanceof IllegalStateException) {
      return closed.getAsBoolean() ? new Log.NotLeader(null) : overloaded("is full");
    }
    return new MabeamException(
        ErrorCode.TIMEOUT,
        "the log of '" + node + "' lost its leadership before a majority had the entry",
        "it may still be committed by the next leader",
        failure);
  }

  MabeamException overloaded(String why) {
    return new MabeamException(
        ErrorCode.OVERLOADED, "the log of '" + node + "' " + why, "try again soon");
  }

  RuntimeException notRead(Throwable failure) {
    if (failure instanceof NotLeaderException elsewhere) {
      return new Log.NotLeader((Endpoint) elsewhere.getLeader());
    }
    return new MabeamException(
        ErrorCode.INSUFFICIENT_CONSENSUS,
        "the log of '" + node + "' cannot say yet what was committed",
        "try again soon",
        failure);
  }

  RuntimeException notChanged(Endpoint endpoint, Log.Change change, Throwable failure) {
    boolean refused =
        failure instanceof IllegalArgumentException
            || failure instanceof MismatchingRaftGroupMembersCommitIndexException
            || failure instanceof IllegalStateException && !closed.getAsBoolean();
    return refused ? refused(endpoint, change, failure.getMessage()) : notAppended(failure);
  }

  static MabeamException refused(Endpoint endpoint, Log.Change change, String why) {
    return new MabeamException(
        ErrorCode.CONFLICT,
        "cannot " + change + " the endpoint of '" + endpoint.node() + "': " + why);
  }
}
