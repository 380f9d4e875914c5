package dev.mabeam.consensus;

import io.microraft.persistence.NopRaftStore;
import io.microraft.persistence.RaftStore;
import io.microraft.persistence.RestoredRaftState;
import java.util.Optional;

/** Where an endpoint keeps its log, its vote and who it is. */
interface LogStore {
  /** What the engine writes to. */
  RaftStore engine();

  /** What an earlier life of the endpoint has left here. */
  Optional<RestoredRaftState> restored();

  /** Calls {@code listener} once if nothing can be kept any more: the log has to close. */
  void onFailure(Runnable listener);

  /** What is kept stays. */
  void close();

  /** Keeps nothing: a node that restarts comes back as another endpoint. */
  static LogStore memory() {
    return new LogStore() {
      private final RaftStore nothing = new NopRaftStore();

      @Override
      public RaftStore engine() {
        return nothing;
      }

      @Override
      public Optional<RestoredRaftState> restored() {
        return Optional.empty();
      }

      @Override
      public void onFailure(Runnable listener) {
        // it cannot fail
      }

      @Override
      public void close() {
        // nothing is open
      }
    };
  }
}
