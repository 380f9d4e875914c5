package dev.mabeam.checkpoint;

import io.vertx.core.Future;
import java.util.concurrent.Executor;
import java.util.function.Predicate;

/** This node's part in keeping checkpoints: its store, and what its own agents write. */
public interface Checkpoints {
  /** Names the store of this process, or of its data directory. */
  String storeId();

  /**
   * Has every store of both sets that can be reached refuse lower epochs of that key from now on,
   * and reads the newest checkpoint among them.
   */
  Future<Sealed> seal(String key, long epoch, CheckpointSet set);

  /**
   * Begins to write a key that this node owns at that epoch, by decision. The first write is a
   * {@link StateWrite.Base}.
   */
  Writer open(String key, long epoch, CheckpointSet set);

  /** The key is no more, by decision. */
  void forget(String key);

  /** Every key of which {@code gone} says so is no more, by decision: it may have been for long. */
  void forgetAll(Predicate<String> gone);

  void close();

  /**
   * {@code room} for use on any thread. What one thread asks keeps its order; what is asked
   * completes on the room's thread.
   *
   * @param toRoom runs tasks on the room's thread, in order
   */
  static Checkpoints hopping(Checkpoints room, Executor toRoom) {
    return new HoppingCheckpoints(room, toRoom);
  }
}
