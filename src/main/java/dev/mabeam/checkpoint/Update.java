package dev.mabeam.checkpoint;

import dev.mabeam.link.Packer;
import dev.mabeam.link.Unpacker;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What makes a store's copy of a key the one of {@code position}: the whole of it, or what it lacks.
 *
 * <pre>
 *   header:bytes base
 *   header   key:text epoch setVersion position envelope:bytes stateVersion basePosition whole after
 *            count (position delta:bytes)*
 * </pre>
 *
 * Whatever follows in the header is of a later version and ignored.
 *
 * @param basePosition the write that gave the base
 * @param base null if it is not sent along
 * @param after the store needs the state of this position to make use of the deltas; 0 with a base
 */
record Update(
    String key,
    long epoch,
    long setVersion,
    long position,
    Buffer envelope,
    int stateVersion,
    long basePosition,
    Buffer base,
    long after,
    List<Delta> deltas) {

  boolean whole() {
    return base != null;
  }

  /** The write that last changed the state. */
  long statePosition() {
    return deltas.isEmpty() ? Math.max(basePosition, after) : deltas.get(deltas.size() - 1).position();
  }

  /** About how many bytes it has. */
  int size() {
    int size = 64 + key.length() + envelope.length() + (base == null ? 0 : base.length());
    for (Delta delta : deltas) {
      size += 8 + delta.bytes().length();
    }
    return size;
  }

  /** All of it but the base, which follows without a length. */
  Buffer header() {
    Packer to = new Packer(Buffer.buffer(size() - (base == null ? 0 : base.length())));
    packHeader(to);
    return to.buffer();
  }

  private void packHeader(Packer to) {
    to.part(
        () -> {
          to.text(key)
              .number(epoch)
              .number(setVersion)
              .number(position)
              .bytes(envelope)
              .number(stateVersion)
              .number(basePosition)
              .flag(whole())
              .number(after)
              .number(deltas.size());
          deltas.forEach(delta -> to.number(delta.position()).bytes(delta.bytes()));
        });
  }

  Buffer encode() {
    Packer to = new Packer(Buffer.buffer(size()));
    packAll(to);
    return to.buffer();
  }

  private void packAll(Packer to) {
    packHeader(to);
    if (whole()) {
      to.buffer().appendBuffer(base);
    }
  }

  /** Appends it with its length. */
  void pack(Packer to) {
    to.part(() -> packAll(to));
  }

  /** The base stays a part of {@code bytes}, which nobody may change any more. */
  static Update decode(Buffer bytes) {
    return decode(new Unpacker(bytes), false);
  }

  /** What {@link #pack} has appended; nothing of it stays a part of where it was read from. */
  static Update unpack(Unpacker in) {
    return decode(in.part(), true);
  }

  private static Update decode(Unpacker in, boolean copied) {
    Unpacker header = in.part();
    String key = header.text();
    long epoch = header.number();
    long setVersion = header.number();
    long position = header.number();
    Buffer envelope = header.bytes();
    int stateVersion = (int) header.number();
    long basePosition = header.number();
    boolean whole = header.flag();
    long after = header.number();
    int count = header.count();
    List<Delta> deltas = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      deltas.add(new Delta(header.number(), header.bytes()));
    }
    Buffer base = whole ? in.rest() : null;
    return new Update(
        key, epoch, setVersion, position, envelope, stateVersion, basePosition,
        whole && copied ? base.copy() : base, after, deltas);
  }
}
