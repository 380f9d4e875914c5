package dev.mabeam.variable.version;

import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which writes are contained: of each store, all up to a number. Immutable, and small: there is one
 * for each replica of each variable.
 *
 * <p>{@link #join} is commutative, associative and idempotent.
 */
public final class VersionVector {
  public static final VersionVector EMPTY = new VersionVector(new String[0], new long[0]);

  /** Sorted. */
  private final String[] stores;
  /** Of the store in the same place; each at least 1. */
  private final long[] newest;

  VersionVector(String[] stores, long[] newest) {
    this.stores = stores;
    this.newest = newest;
  }

  /** The first {@code n} writes of one store. */
  public static VersionVector of(String store, long n) {
    return n > 0 ? new VersionVector(new String[] {store}, new long[] {n}) : EMPTY;
  }

  private static VersionVector of(SortedMap<String, Long> numbers) {
    String[] stores = new String[numbers.size()];
    long[] newest = new long[numbers.size()];
    int at = 0;
    for (Map.Entry<String, Long> each : numbers.entrySet()) {
      stores[at] = each.getKey();
      newest[at++] = each.getValue();
    }
    return new VersionVector(stores, newest);
  }

  /** The number of that store's newest write that is contained; 0 if none is. */
  public long of(String store) {
    int at = Arrays.binarySearch(stores, store);
    return at < 0 ? 0 : newest[at];
  }

  /** By store, sorted; nobody changes it. */
  public SortedMap<String, Long> numbers() {
    return Collections.unmodifiableSortedMap(copy());
  }

  private TreeMap<String, Long> copy() {
    TreeMap<String, Long> numbers = new TreeMap<>();
    for (int i = 0; i < stores.length; i++) {
      numbers.put(stores[i], newest[i]);
    }
    return numbers;
  }

  public boolean contains(Dot dot) {
    return of(dot.store()) >= dot.n();
  }

  /** This, and that write with all before it of the same store. */
  public VersionVector with(Dot dot) {
    int at = Arrays.binarySearch(stores, dot.store());
    if (at < 0) {
      TreeMap<String, Long> more = copy();
      more.put(dot.store(), dot.n());
      return of(more);
    }
    if (newest[at] >= dot.n()) {
      return this;
    }
    long[] more = newest.clone();
    more[at] = dot.n();
    return new VersionVector(stores, more);
  }

  /** The stores of which it contains anything. */
  public Set<String> stores() {
    return Collections.unmodifiableSet(new LinkedHashSet<>(Arrays.asList(stores)));
  }

  /** The stores of which it contains anything, sorted. */
  List<String> order() {
    return List.of(stores);
  }

  /** This without anything of those stores. */
  public VersionVector without(Set<String> some) {
    TreeMap<String, Long> less = copy();
    less.keySet().removeAll(some);
    return of(less);
  }

  /** Of those stores only. */
  public VersionVector only(Set<String> some) {
    TreeMap<String, Long> less = copy();
    less.keySet().retainAll(some);
    return of(less);
  }

  /** This without what is later than {@code n} of that store. */
  public VersionVector upTo(String store, long n) {
    if (of(store) <= n) {
      return this;
    }
    TreeMap<String, Long> less = copy();
    if (n > 0) {
      less.put(store, n);
    } else {
      less.remove(store);
    }
    return of(less);
  }

  /** What either contains. */
  public VersionVector join(VersionVector other) {
    if (containsAll(other)) {
      return this;
    }
    if (other.containsAll(this)) {
      return other;
    }
    TreeMap<String, Long> both = copy();
    for (int i = 0; i < other.stores.length; i++) {
      both.merge(other.stores[i], other.newest[i], Math::max);
    }
    return of(both);
  }

  public boolean containsAll(VersionVector other) {
    for (int i = 0; i < other.stores.length; i++) {
      if (of(other.stores[i]) < other.newest[i]) {
        return false;
      }
    }
    return true;
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
    for (int i = 0; i < stores.length; i++) {
      sum += Hash64.mix(Hash64.of(stores[i]) + newest[i]);
    }
    return Hash64.mix(sum);
  }

  /** {@code {store: n}}, sorted. */
  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    for (int i = 0; i < stores.length; i++) {
      json.put(stores[i], newest[i]);
    }
    return json;
  }

  /** The inverse of {@link #toJson}. The ids of stores are few, and shared by all vectors. */
  public static VersionVector fromJson(JsonObject json) {
    if (json.isEmpty()) {
      return EMPTY;
    }
    TreeMap<String, Long> numbers = new TreeMap<>();
    for (Map.Entry<String, Object> entry : json) {
      long n = ((Number) entry.getValue()).longValue();
      if (n > 0) {
        numbers.put(entry.getKey().intern(), n);
      }
    }
    return of(numbers);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof VersionVector vector
        && Arrays.equals(vector.newest, newest)
        && Arrays.equals(vector.stores, stores);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(stores) + Arrays.hashCode(newest);
  }

  @Override
  public String toString() {
    return copy().toString();
  }
}
