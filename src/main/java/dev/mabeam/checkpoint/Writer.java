package dev.mabeam.checkpoint;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;

/** Writes the checkpoints of one key at one epoch. On the room's thread. */
public interface Writer {
  /**
   * Completes when every store that the set requires has it, in the order of the calls. It does not
   * fail because a store is silent: that one is dropped by a decision, and without a majority
   * nothing is dropped and nothing completes. Fails with STALE_EPOCH once another owner has sealed
   * the key, and UNAVAILABLE when this writer is closed.
   */
  Future<Void> write(Buffer envelope, StateWrite state);

  /** The position of the latest write; asked on the room's thread, also where others hop. */
  long position();

  /** The directory has another set now: what is written from now on counts by it. */
  void changed(CheckpointSet set);

  /** Completes when nothing that was written before is under way any more. */
  Future<Void> settled();

  /** Writes no more. */
  void close();
}
