package dev.mabeam.variable.version;

import io.vertx.core.json.JsonObject;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which writes are contained: of each store, all up to a number. Immutable.
 *
 * <p>{@link #join} is commutative, associative and idempotent.
 */
public final class VersionVector {
  public static final VersionVector EMPTY = new VersionVector(new TreeMap<>());

  private final SortedMap<String, Long> newest;

  private VersionVector(SortedMap<String, Long> newest) {
    this.newest = newest;
  }

  /** The first {@code n} writes of one store. */
  public static VersionVector of(String store, long n) {
    return n > 0 ? EMPTY.with(new Dot(store, n)) : EMPTY;
  }

  /** The number of that store's newest write that is contained; 0 if none is. */
  public long of(String store) {
    return newest.getOrDefault(store, 0L);
  }

  /** By store, sorted; nobody changes it. */
  public SortedMap<String, Long> numbers() {
    return Collections.unmodifiableSortedMap(newest);
  }

  public boolean contains(Dot dot) {
    return of(dot.store()) >= dot.n();
  }

  /** This, and that write with all before it of the same store. */
  public VersionVector with(Dot dot) {
    if (contains(dot)) {
      return this;
    }
    TreeMap<String, Long> more = new TreeMap<>(newest);
    more.put(dot.store(), dot.n());
    return new VersionVector(more);
  }

  /** The stores of which it contains anything. */
  public Set<String> stores() {
    return Collections.unmodifiableSet(newest.keySet());
  }

  /** This without anything of those stores. */
  public VersionVector without(Set<String> stores) {
    TreeMap<String, Long> less = new TreeMap<>(newest);
    less.keySet().removeAll(stores);
    return new VersionVector(less);
  }

  /** Of those stores only. */
  public VersionVector only(Set<String> stores) {
    TreeMap<String, Long> less = new TreeMap<>(newest);
    less.keySet().retainAll(stores);
    return new VersionVector(less);
  }

  /** This without what is later than {@code n} of that store. */
  public VersionVector upTo(String store, long n) {
    if (of(store) <= n) {
      return this;
    }
    TreeMap<String, Long> less = new TreeMap<>(newest);
    if (n > 0) {
      less.put(store, n);
    } else {
      less.remove(store);
    }
    return new VersionVector(less);
  }

  /** What either contains. */
  public VersionVector join(VersionVector other) {
    TreeMap<String, Long> both = new TreeMap<>(newest);
    other.newest.forEach((store, n) -> both.merge(store, n, Math::max));
    return new VersionVector(both);
  }

  public boolean containsAll(VersionVector other) {
    return other.newest.entrySet().stream().allMatch(e -> of(e.getKey()) >= e.getValue());
  }

  public Causality compare(VersionVector other) {
    boolean mine = containsAll(other);
    boolean theirs = other.containsAll(this);
    if (mine && theirs) {
      return Causality.EQUAL;
    }
    return mine ? Causality.AFTER : theirs ? Causality.BEFORE : Causality.CONCURRENT;
  }

  /** Equal for equal vectors, on every node; two others have the same one about never. */
  public long fingerprint() {
    long sum = 0;
    for (Map.Entry<String, Long> entry : newest.entrySet()) {
      sum += Hash64.mix(Hash64.of(entry.getKey()) + entry.getValue());
    }
    return Hash64.mix(sum);
  }

  /** {@code {store: n}}, sorted. */
  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    newest.forEach(json::put);
    return json;
  }

  /** The inverse of {@link #toJson}. The ids of stores are few, and shared by all vectors. */
  public static VersionVector fromJson(JsonObject json) {
    TreeMap<String, Long> newest = new TreeMap<>();
    for (Map.Entry<String, Object> entry : json) {
      long n = ((Number) entry.getValue()).longValue();
      if (n > 0) {
        newest.put(entry.getKey().intern(), n);
      }
    }
    return new VersionVector(newest);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof VersionVector vector && vector.newest.equals(newest);
  }

  @Override
  public int hashCode() {
    return newest.hashCode();
  }

  @Override
  public String toString() {
    return newest.toString();
  }
}
