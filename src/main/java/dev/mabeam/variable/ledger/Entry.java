package dev.mabeam.variable.ledger;

import dev.mabeam.time.HybridTime;
import dev.mabeam.variable.version.Dot;
import dev.mabeam.variable.version.Sibling;
import dev.mabeam.variable.version.Siblings;
import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One write in a block.
 *
 * <pre>
 *   version:1 flags:1 n:8 stamp:16  kept:2 each {store:text n:8}  store:text, if flag 4
 *   seen:2 each {store:text n:8}, if flag 2     value:bytes, if flag 1
 * </pre>
 *
 * @param store whose write it is, where its author numbers under another id than its key's; else null
 * @param n its number among the writes of that store
 * @param stamp when it was written
 * @param value what it leaves, as JSON in UTF-8 in the form of the variable's resolution; null if
 *     it leaves nothing
 * @param kept which of the values before stay beside it: none, but where it settles only some
 * @param seen everything that was seen then, where that is more than what was before and this one;
 *     else null
 */
record Entry(
    String store, long n, HybridTime stamp, byte[] value, List<Dot> kept, VersionVector seen) {
  private static final int VERSION = 1;
  private static final int VALUE = 1;
  private static final int SEEN = 2;
  private static final int STORE = 4;

  /** A write that replaces everything. */
  Entry(long n, HybridTime stamp, byte[] value) {
    this(null, n, stamp, value, List.of(), null);
  }

  /** What makes {@code after} of {@code before}, at {@code store}, in a block of {@code author}. */
  static Entry between(
      Siblings before, Siblings after, String store, String author, HybridTime now) {
    Dot dot = new Dot(store, after.seen().of(store));
    List<Dot> kept = new ArrayList<>();
    HybridTime stamp = now;
    byte[] value = null;
    for (Sibling sibling : after.live()) {
      if (sibling.dot().equals(dot)) {
        stamp = sibling.stamp();
        value = LedgerState.encode(sibling.value());
      } else {
        kept.add(sibling.dot());
      }
    }
    boolean next = after.seen().equals(before.seen().with(new Dot(store, next(before, store))));
    String other = store.equals(author) ? null : store;
    return new Entry(other, dot.n(), stamp, value, kept, next ? null : after.seen());
  }

  private static long next(Siblings before, String store) {
    return before.seen().of(store) + 1;
  }

  /** The store whose write it is, in a block of {@code author}. */
  String storeIn(String author) {
    return store != null ? store : author;
  }

  /** Fails if it is not the next write of its store. */
  void requireNext(Siblings before, String author) {
    String store = storeIn(author);
    long last = before.seen().of(store);
    boolean right = seen == null ? n == last + 1 : n > last;
    if (!right || seen != null && !seen.containsAll(before.seen().with(new Dot(store, n)))) {
      throw new Broken(
          Fault.Reason.SEQUENCE, "write " + n + " of its author comes after write " + last);
    }
  }

  /** What was seen after it. */
  VersionVector seenAfter(Siblings before, String author) {
    return seen != null ? seen : before.seen().with(new Dot(storeIn(author), n));
  }

  byte[] encode() {
    int flags =
        (value != null ? VALUE : 0) | (seen != null ? SEEN : 0) | (store != null ? STORE : 0);
    Packer out = new Packer().u8(VERSION).u8(flags).u64(n).time(stamp).u16(kept.size());
    kept.forEach(dot -> out.text(dot.store()).u64(dot.n()));
    if (store != null) {
      out.text(store);
    }
    if (seen != null) {
      JsonObject vector = seen.toJson();
      out.u16(vector.size());
      for (Map.Entry<String, Object> each : vector) {
        out.text(each.getKey()).u64(((Number) each.getValue()).longValue());
      }
    }
    if (value != null) {
      out.bytes(value);
    }
    return out.done();
  }

  static Entry decode(byte[] bytes) {
    Unpacker in = new Unpacker(bytes);
    int version = in.u8();
    int flags = in.u8();
    if (version != VERSION || (flags & ~(VALUE | SEEN | STORE)) != 0) {
      throw new Broken(
          Fault.Reason.VERSION, "a write of version " + version + " with flags " + flags);
    }
    long n = in.u64();
    HybridTime stamp = in.time();
    List<Dot> kept = dots(in);
    String store = (flags & STORE) != 0 ? in.text().intern() : null;
    VersionVector seen = null;
    if ((flags & SEEN) != 0) {
      seen = VersionVector.EMPTY;
      for (Dot dot : dots(in)) {
        seen = seen.with(dot);
      }
    }
    byte[] value = (flags & VALUE) != 0 ? in.bytes() : null;
    in.end();
    return new Entry(store, n, stamp, value, kept, seen);
  }

  private static List<Dot> dots(Unpacker in) {
    int many = in.u16();
    List<Dot> dots = new ArrayList<>();
    for (int i = 0; i < many; i++) {
      Dot dot = new Dot(in.text().intern(), in.u64());
      if (i > 0 && dots.get(i - 1).compareTo(dot) >= 0) {
        throw Unpacker.malformed("writes in no order");
      }
      dots.add(dot);
    }
    return dots;
  }
}
