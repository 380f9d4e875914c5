package dev.mabeam.checkpoint;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A key's checkpoint as its owner and its stores hold it: it takes what is new and says what
 * somebody else lacks. Of one epoch.
 */
final class Content {
  private final String key;
  private final long epoch;
  private long position;
  private Buffer envelope;
  private int stateVersion;
  private long basePosition;
  private long statePosition;
  private Buffer base;
  private List<Delta> deltas = new ArrayList<>();

  /** Nothing yet. */
  Content(String key, long epoch) {
    this.key = key;
    this.epoch = epoch;
  }

  long epoch() {
    return epoch;
  }

  long position() {
    return position;
  }

  long basePosition() {
    return basePosition;
  }

  /** The write that last changed the state. */
  long statePosition() {
    return statePosition;
  }

  /** At the owner: what its next write makes of it. */
  void write(Buffer newEnvelope, StateWrite state) {
    if (base == null && !(state instanceof StateWrite.Base)) {
      throw new IllegalArgumentException("the first write of '" + key + "' has no base");
    }
    position++;
    envelope = newEnvelope;
    if (state instanceof StateWrite.Base whole) {
      stateVersion = whole.version();
      basePosition = position;
      statePosition = position;
      base = whole.state();
      // Those that are on their way keep theirs.
      deltas = new ArrayList<>();
    } else if (state instanceof StateWrite.Delta delta) {
      statePosition = position;
      deltas.add(new Delta(position, delta.change()));
    }
  }

  /**
   * What a store lacks that has the state of {@code itsState} on the base of {@code itsBase}.
   *
   * @param itsBase 0 if it has nothing of this epoch
   */
  Update since(long itsBase, long itsState, long setVersion) {
    boolean whole = itsBase != basePosition || itsState > statePosition();
    List<Delta> lacking = whole ? List.copyOf(deltas) : after(itsState);
    return new Update(
        key, epoch, setVersion, position, envelope, stateVersion, basePosition,
        whole ? base : null, whole ? 0 : itsState, lacking);
  }

  /** Mostly the last one, of many. */
  private List<Delta> after(long itsState) {
    int from = deltas.size();
    while (from > 0 && deltas.get(from - 1).position() > itsState) {
      from--;
    }
    return List.copyOf(deltas.subList(from, deltas.size()));
  }

  /** All of it. */
  Update whole(long setVersion) {
    return since(0, 0, setVersion);
  }

  /** At a store: whether it could be made use of. It is of this epoch, and newer. */
  boolean take(Update update) {
    if (update.whole()) {
      base = update.base();
      basePosition = update.basePosition();
      stateVersion = update.stateVersion();
      deltas = new ArrayList<>(update.deltas());
      statePosition = update.statePosition();
    } else if (base == null
        || basePosition != update.basePosition()
        || statePosition() < update.after()) {
      return false;
    } else {
      long have = statePosition();
      for (Delta delta : update.deltas()) {
        if (delta.position() > have) {
          deltas.add(delta);
          statePosition = delta.position();
        }
      }
    }
    position = update.position();
    envelope = update.envelope();
    return true;
  }

  Checkpoint checkpoint() {
    return new Checkpoint(
        epoch, position, envelope, stateVersion, base, deltas.stream().map(Delta::bytes).toList());
  }
}
