package dev.mabeam.variable.causal;

import dev.mabeam.variable.version.Dot;
import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Which causal updates there are: of each store all up to a number are <em>known</em>, and which
 * variable each of them changed. Of several updates of one variable by one store only the last is
 * kept, since states contain what came before them: so the index is as long as there are variables
 * and stores that wrote them, however many updates there were, and nobody has to agree on what may
 * be cut off.
 *
 * <p>It also numbers the updates of its own store, which has an id of its own: a process that has
 * lost its index has another id, and no dot is given twice. It outlives a node's stay.
 */
public final class CausalIndex {
  private final String store;
  private final Map<String, NavigableMap<Long, String>> byStore = new HashMap<>();
  private final Map<String, Map<String, Long>> byVariable = new HashMap<>();
  private VersionVector known = VersionVector.EMPTY;

  /**
   * @param store random; two processes must not have the same
   */
  public CausalIndex(String store) {
    this.store = store;
  }

  /** The store whose updates are numbered here. */
  public String store() {
    return store;
  }

  VersionVector known() {
    return known;
  }

  /** The last known update of that variable by that store; 0 if there is none. */
  long last(String variable, String ofStore) {
    return byVariable.getOrDefault(variable, Map.of()).getOrDefault(ofStore, 0L);
  }

  /** The last known update of that variable by each store. */
  Map<String, Long> last(String variable) {
    return byVariable.getOrDefault(variable, Map.of());
  }

  /** The next update of this store, of that variable. */
  Dot next(String variable) {
    Dot dot = new Dot(store, known.of(store) + 1);
    note(variable, dot.store(), dot.n());
    known = known.with(dot);
    return dot;
  }

  private void note(String variable, String ofStore, long n) {
    NavigableMap<Long, String> updates =
        byStore.computeIfAbsent(ofStore.intern(), key -> new TreeMap<>());
    Long before =
        byVariable.computeIfAbsent(variable, key -> new HashMap<>()).put(ofStore.intern(), n);
    if (before != null) {
      updates.remove(before);
    }
    updates.put(n, variable);
  }

  /**
   * The updates of one store after a number, up to another one.
   *
   * @param changed the variables that they changed, each with the last one that did
   */
  record Part(String store, long after, long upTo, Map<String, Long> changed) {
    JsonObject toJson() {
      JsonObject last = new JsonObject();
      changed.forEach(last::put);
      return new JsonObject()
          .put("store", store)
          .put("after", after)
          .put("upTo", upTo)
          .put("changed", last);
    }

    static Part fromJson(JsonObject json) {
      Map<String, Long> changed = new HashMap<>();
      json.getJsonObject("changed")
          .forEach(each -> changed.put(each.getKey(), ((Number) each.getValue()).longValue()));
      return new Part(
          json.getString("store"), json.getLong("after"), json.getLong("upTo"), changed);
    }
  }

  /** What whoever knows {@code theirs} does not know and this does. */
  List<Part> since(VersionVector theirs) {
    List<Part> parts = new ArrayList<>();
    known.numbers().forEach((of, n) -> {
      long after = theirs.of(of);
      if (n > after) {
        Map<String, Long> changed = new HashMap<>();
        byStore.get(of).tailMap(after, false).forEach((dot, name) -> changed.put(name, dot));
        parts.add(new Part(of, after, n, changed));
      }
    });
    return parts;
  }

  /**
   * Takes what another one knows, unless something is missing between.
   *
   * @return the variables of which there is something new, with the last update
   */
  Map<String, Long> take(Part part) {
    long before = known.of(part.store);
    if (before < part.after || before >= part.upTo) {
      return Map.of();
    }
    Map<String, Long> news = new HashMap<>();
    part.changed.forEach((name, n) -> {
      if (n > before && n <= part.upTo) {
        note(name, part.store, n);
        news.put(name, n);
      }
    });
    byStore.computeIfAbsent(part.store.intern(), key -> new TreeMap<>());
    known = known.with(new Dot(part.store.intern(), part.upTo));
    return news;
  }

  /** Variables that are no more. */
  void forgetIf(Predicate<String> forgotten) {
    for (String variable : List.copyOf(byVariable.keySet())) {
      if (forgotten.test(variable)) {
        byVariable.remove(variable).forEach((of, n) -> byStore.get(of).remove(n));
      }
    }
  }
}
