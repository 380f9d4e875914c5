package dev.mabeam.agent;

import dev.mabeam.checkpoint.Checkpoint;
import dev.mabeam.checkpoint.StateWrite;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;

/**
 * An agent's state as it goes into checkpoints and comes out of them: as a whole, or as what became
 * of it, or as nothing when it has not changed. On the agent's home, between its messages.
 */
final class AgentState {
  /** An agent keeps its state in memory, in a store's, and on the way between them. */
  static final int MOST_BYTES = 256 << 20;

  private static final int MOST_DELTAS = 100;
  /** A large state may have more deltas: for each so many bytes of it one. */
  private static final int BYTES_A_DELTA = 1024;
  private static final int LEAST_DELTA_BYTES = 64 * 1024;
  /** A large state that equals the last one is written again rather than kept twice. */
  private static final int MOST_COMPARED = 4 << 20;
  /** Of the state of an agent that has none. */
  private static final int STATELESS = 0;

  private final String id;
  private final Agent agent;
  /** What was written last, if it was whole and not too large to compare. */
  private Buffer last;
  /** How large the last whole one was; negative until there was one. */
  private long baseBytes = -1;
  private int deltas;
  private long deltaBytes;

  AgentState(String id, Agent agent) {
    this.id = id;
    this.agent = agent;
  }

  /**
   * What the next checkpoint has to do to the one before. FAILED_TO_SERIALIZE if the agent does not
   * say: then what it was since the last checkpoint is lost.
   */
  StateWrite next() {
    try {
      Buffer delta = isDueWhole() ? null : agent.delta();
      if (delta == null) {
        return unlessEqual(whole());
      }
      if (delta.length() == 0) {
        return StateWrite.UNCHANGED;
      }
      deltas++;
      deltaBytes += delta.length();
      return new StateWrite.Delta(delta);
    } catch (RuntimeException | Error failure) {
      throw failed(failure);
    }
  }

  private boolean isDueWhole() {
    return baseBytes < 0
        || deltas >= Math.max(MOST_DELTAS, baseBytes / BYTES_A_DELTA)
        || deltaBytes > Math.max(LEAST_DELTA_BYTES, baseBytes);
  }

  private StateWrite unlessEqual(StateWrite.Base whole) {
    Buffer before = last;
    last = whole.state().length() <= MOST_COMPARED ? whole.state() : null;
    // The same object twice has been changed, for all that can be known.
    return before != null && before != last && before.equals(last)
        ? StateWrite.UNCHANGED
        : whole;
  }

  /** All of it. FAILED_TO_SERIALIZE. */
  StateWrite.Base whole() {
    Buffer state;
    try {
      state = agent.snapshot();
    } catch (RuntimeException | Error failure) {
      throw failed(failure);
    }
    if (state != null && state.length() > MOST_BYTES) {
      throw new MabeamException(
          ErrorCode.FAILED_TO_SERIALIZE,
          "the state of agent '" + id + "' has " + state.length() + " bytes",
          "keep it below " + MOST_BYTES + ", or in several agents");
    }
    baseBytes = state == null ? 0 : state.length();
    deltas = 0;
    deltaBytes = 0;
    return state == null
        ? new StateWrite.Base(STATELESS, Buffer.buffer())
        : new StateWrite.Base(Math.max(1, agent.stateVersion()), state);
  }

  private MabeamException failed(Throwable failure) {
    return failure instanceof MabeamException ours
            && ours.code() == ErrorCode.FAILED_TO_SERIALIZE
        ? ours
        : new MabeamException(
            ErrorCode.FAILED_TO_SERIALIZE,
            "agent '" + id + "' does not give its state: " + failure,
            "what it had done since its last checkpoint is taken back; see its snapshot()",
            failure);
  }

  /** Has the agent take it over. */
  Future<?> restore(Checkpoint kept) {
    if (kept.base() == null || kept.stateVersion() == STATELESS) {
      return Future.succeededFuture();
    }
    int present = agent.stateVersion();
    if (kept.stateVersion() > present) {
      return Future.failedFuture(
          new MabeamException(
              ErrorCode.FAILED_TO_START_ON_TARGET,
              "the state of agent '" + id + "' is of version " + kept.stateVersion()
                  + ", and this node's " + agent.getClass().getName() + " knows " + present,
              "bring the newer class to this node"));
    }
    Buffer state = kept.base();
    int version = kept.stateVersion();
    if (version < present) {
      Buffer raised = agent.upcast(state, version);
      version = raised == state ? version : present;
      state = raised;
    }
    Future<?> restored = agent.restore(state, version);
    return (restored == null ? Future.succeededFuture() : restored)
        .onSuccess(done -> kept.deltas().forEach(agent::replay));
  }
}
