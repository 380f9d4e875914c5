package dev.mabeam.checkpoint;

import io.vertx.core.buffer.Buffer;
import java.util.List;

/**
 * What is kept of one key.
 *
 * @param epoch of the owner that wrote it
 * @param position which write of that owner it is; grows within an epoch
 * @param envelope what each write replaces
 * @param stateVersion the version of the form of {@code base} and {@code deltas}
 * @param base the state
 * @param deltas what became of the state since, in order
 */
public record Checkpoint(
    long epoch,
    long position,
    Buffer envelope,
    int stateVersion,
    Buffer base,
    List<Buffer> deltas)
    implements Comparable<Checkpoint> {
  public Checkpoint {
    deltas = List.copyOf(deltas);
  }

  /** By epoch, then by position. */
  @Override
  public int compareTo(Checkpoint other) {
    int byEpoch = Long.compare(epoch, other.epoch);
    return byEpoch != 0 ? byEpoch : Long.compare(position, other.position);
  }
}
