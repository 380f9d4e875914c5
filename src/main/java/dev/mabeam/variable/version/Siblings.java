package dev.mabeam.variable.version;

import dev.mabeam.time.HybridTime;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Everything that a replica has of a variable: which writes it has seen, and what those left that
 * none of the others had seen (a dotted version vector set). Immutable.
 *
 * <p>A write takes the place of everything that its replica had seen, or of what its writer says
 * that it has seen. {@link #join} drops what the other side has seen replaced; it is commutative,
 * associative and idempotent, so replicas that have the same writes are equal, whatever the order
 * in which they came. A deletion is a dot without a sibling: what had seen it does not come back,
 * what had not stays. That holds as long as no store gives a dot twice: a store that has lost what
 * it wrote has to come back under another id.
 */
public final class Siblings {
  /** The store of what a variable is made with; no store has that id. */
  public static final String FIRST_STORE = "first";

  /** No write yet. */
  public static final Siblings NONE = new Siblings(VersionVector.EMPTY, new TreeMap<>());

  private final VersionVector seen;
  /** By dot; nobody changes it. */
  private final Sibling[] live;

  private Siblings(VersionVector seen, SortedMap<Dot, Sibling> live) {
    this.seen = seen;
    this.live = live.values().toArray(Sibling[]::new);
  }

  /**
   * @param live by dot; nobody changes it
   */
  Siblings(VersionVector seen, Sibling[] live) {
    this.seen = seen;
    this.live = live;
  }

  private TreeMap<Dot, Sibling> byDot() {
    TreeMap<Dot, Sibling> byDot = new TreeMap<>();
    for (Sibling sibling : live) {
      byDot.put(sibling.dot(), sibling);
    }
    return byDot;
  }

  /** What a variable is made with: the same write, at no store, on every replica. */
  public static Siblings first(Object value) {
    return NONE.write(FIRST_STORE, HybridTime.ZERO, value);
  }

  /** A write at {@code store} that has seen all of this. */
  public Siblings write(String store, HybridTime stamp, Object value) {
    return write(new Dot(store, seen.of(store) + 1), VersionVector.EMPTY, stamp, value);
  }

  /**
   * A write that has seen all of this, and whose writer has seen {@code context}, which tells of
   * other variables too where dots are numbered over all of them.
   *
   * @param dot never given before
   * @param context of this variable it contains no write that is not here
   */
  public Siblings write(Dot dot, VersionVector context, HybridTime stamp, Object value) {
    TreeMap<Dot, Sibling> only = new TreeMap<>();
    only.put(dot, new Sibling(dot, stamp, value));
    return new Siblings(seen.join(context).with(dot), only);
  }

  /**
   * With the write {@code dot}, after which of the live ones only those of {@code kept} are left,
   * and {@code sibling}.
   *
   * @param all what has been seen then
   * @param sibling null if the write leaves nothing
   */
  public Siblings after(VersionVector all, Sibling sibling, Collection<Dot> kept) {
    TreeMap<Dot, Sibling> left = byDot();
    left.keySet().retainAll(kept);
    if (sibling != null) {
      left.put(sibling.dot(), sibling);
    }
    return new Siblings(all, left);
  }

  /** The same without those siblings: they were seen, and do not stand. */
  public Siblings without(Collection<Dot> dots) {
    TreeMap<Dot, Sibling> left = byDot();
    left.keySet().removeAll(dots);
    return new Siblings(seen, left);
  }

  /** A deletion at {@code store} that has seen all of this: a dot of its own, and nothing lives. */
  public Siblings delete(String store) {
    return delete(new Dot(store, seen.of(store) + 1), VersionVector.EMPTY);
  }

  /** The same by a writer that has seen {@code past} besides. */
  public Siblings delete(Dot dot, VersionVector past) {
    return new Siblings(seen.join(past).with(dot), new TreeMap<>());
  }

  /**
   * A write at {@code store} that has seen {@code context}, of which this has to have seen all, and
   * no more: what is not in it stays beside the write.
   */
  public Siblings write(String store, HybridTime stamp, Object value, VersionVector context) {
    Dot dot = new Dot(store, seen.of(store) + 1);
    return write(dot, VersionVector.EMPTY, stamp, value, context);
  }

  /** The same by a writer that has seen {@code past} besides. */
  public Siblings write(
      Dot dot, VersionVector past, HybridTime stamp, Object value, VersionVector context) {
    TreeMap<Dot, Sibling> kept = byDot();
    kept.keySet().removeIf(context::contains);
    kept.put(dot, new Sibling(dot, stamp, value));
    return new Siblings(seen.join(past).with(dot), kept);
  }

  /** Those of the siblings that {@code context} contains, by dot. */
  public List<Sibling> seenIn(VersionVector context) {
    return Arrays.stream(live).filter(each -> context.contains(each.dot())).toList();
  }

  /** Whether everything that was here has been deleted. */
  public boolean isDeleted() {
    return live.length == 0 && !seen.equals(VersionVector.EMPTY);
  }

  /**
   * This without the entries of the stores in {@code gone}, which says up to which number the
   * replicas had seen each of them when they agreed that none of it lives any more. A sibling at or
   * below it is gone too; one above it was seen by nobody, and stays as a write of {@code writer}.
   */
  public Siblings pruned(VersionVector gone, String writer) {
    VersionVector left = seen.without(gone.stores());
    TreeMap<Dot, Sibling> kept = new TreeMap<>();
    for (Sibling sibling : live) {
      Dot dot = sibling.dot();
      if (gone.of(dot.store()) == 0) {
        kept.put(dot, sibling);
      } else if (!gone.contains(dot)) {
        Dot again = new Dot(writer, left.of(writer) + 1);
        left = left.with(again);
        kept.put(again, new Sibling(again, sibling.stamp(), sibling.value()));
      }
    }
    return new Siblings(left, kept);
  }

  /** What both sides together have. */
  public Siblings join(Siblings other) {
    TreeMap<Dot, Sibling> kept = new TreeMap<>();
    keep(this, other, kept);
    keep(other, this, kept);
    return new Siblings(seen.join(other.seen), kept);
  }

  private static void keep(Siblings mine, Siblings theirs, TreeMap<Dot, Sibling> kept) {
    for (Sibling sibling : mine.live) {
      if (!theirs.seen.contains(sibling.dot()) || theirs.has(sibling.dot())) {
        kept.put(sibling.dot(), sibling);
      }
    }
  }

  private boolean has(Dot dot) {
    for (Sibling sibling : live) {
      if (sibling.dot().equals(dot)) {
        return true;
      }
    }
    return false;
  }

  public VersionVector seen() {
    return seen;
  }

  /** By dot: the same order at every replica. */
  public List<Sibling> live() {
    return List.of(live);
  }

  public JsonObject toJson() {
    return new JsonObject()
        .put("seen", seen.toJson())
        .put("live", new JsonArray(Arrays.stream(live).map(Sibling::toJson).toList()));
  }

  /** The inverse of {@link #toJson}; ignores keys that this version does not know. */
  public static Siblings fromJson(JsonObject json) {
    TreeMap<Dot, Sibling> live = new TreeMap<>();
    for (Object each : json.getJsonArray("live")) {
      Sibling sibling = Sibling.fromJson((JsonObject) each);
      live.put(sibling.dot(), sibling);
    }
    return new Siblings(VersionVector.fromJson(json.getJsonObject("seen")), live);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Siblings siblings
        && siblings.seen.equals(seen)
        && Arrays.equals(siblings.live, live);
  }

  @Override
  public int hashCode() {
    return seen.hashCode();
  }

  @Override
  public String toString() {
    return toJson().encode();
  }
}
