package dev.mabeam.variable.version;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.time.HybridTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** The laws of version vectors and of sets of siblings. */
class VersionLawsTest {
  private static final HybridTime NOW = new HybridTime(1, 0);
  private static final int STORES = 4;

  @Provide
  Arbitrary<VersionVector> vectors() {
    return Arbitraries.maps(
            Arbitraries.of("a", "b", "c", "d"), Arbitraries.longs().between(1, 5))
        .ofMaxSize(4)
        .map(VersionLawsTest::vector);
  }

  private static VersionVector vector(Map<String, Long> newest) {
    VersionVector vector = VersionVector.EMPTY;
    for (Map.Entry<String, Long> each : newest.entrySet()) {
      vector = vector.with(new Dot(each.getKey(), each.getValue()));
    }
    return vector;
  }

  @Property
  void shouldJoinVectorsAsALattice(
      @ForAll("vectors") VersionVector a,
      @ForAll("vectors") VersionVector b,
      @ForAll("vectors") VersionVector c) {
    assertEquals(a.join(b), b.join(a));
    assertEquals(a.join(b).join(c), a.join(b.join(c)));
    assertEquals(a, a.join(a));
    assertTrue(a.join(b).containsAll(a) && a.join(b).containsAll(b));
    assertEquals(a.containsAll(b), a.join(b).equals(a));
    if (c.containsAll(a) && c.containsAll(b)) {
      assertTrue(c.containsAll(a.join(b)), "the least that contains both");
    }
  }

  @Property
  void shouldCompareVectorsBothWaysAlike(
      @ForAll("vectors") VersionVector a, @ForAll("vectors") VersionVector b) {
    Causality back =
        switch (a.compare(b)) {
          case EQUAL -> Causality.EQUAL;
          case BEFORE -> Causality.AFTER;
          case AFTER -> Causality.BEFORE;
          case CONCURRENT -> Causality.CONCURRENT;
        };
    assertEquals(back, b.compare(a));
    assertEquals(a.equals(b), a.compare(b) == Causality.EQUAL);
    assertEquals(a.equals(b), a.fingerprint() == b.fingerprint());
    assertEquals(a, VersionVector.fromJson(a.toJson()));
    assertEquals(a, a.only(Set.of("a", "b")).join(a.without(Set.of("a", "b"))));
  }

  /** What one of several stores does next. */
  record Step(int store, int what, int other) {}

  @Provide
  Arbitrary<List<Step>> histories() {
    Arbitrary<Integer> stores = Arbitraries.integers().between(0, STORES - 1);
    return Combinators.combine(
            stores, Arbitraries.integers().between(0, 5), stores)
        .as(Step::new)
        .list()
        .ofMaxSize(25);
  }

  /** Every state that the stores went through. */
  private static List<Siblings> states(List<Step> history) {
    Siblings[] stores = new Siblings[STORES];
    Arrays.fill(stores, Siblings.first("first"));
    List<Siblings> states = new ArrayList<>(List.of(stores[0], Siblings.NONE));
    for (int i = 0; i < history.size(); i++) {
      Step step = history.get(i);
      Siblings here = stores[step.store];
      String store = "s" + step.store;
      stores[step.store] =
          switch (step.what) {
            case 0, 1 -> here.write(store, NOW, "w" + i);
            case 2 -> here.delete(store);
            case 3 -> here.write(store, NOW, "r" + i, common(here, stores[step.other]));
            default -> here.join(stores[step.other]);
          };
      states.add(stores[step.store]);
    }
    return states;
  }

  /** A context that {@code here} has seen all of. */
  private static VersionVector common(Siblings here, Siblings there) {
    VersionVector common = VersionVector.EMPTY;
    for (String store : there.seen().stores()) {
      long n = Math.min(here.seen().of(store), there.seen().of(store));
      if (n > 0) {
        common = common.with(new Dot(store, n));
      }
    }
    return common;
  }

  @Property
  void shouldJoinStatesInAnyOrderAndAnyNumberOfTimes(
      @ForAll("histories") List<Step> history,
      @ForAll @Size(3) List<@IntRange(max = 1_000) Integer> chosen) {
    List<Siblings> states = states(history);
    Siblings a = states.get(chosen.get(0) % states.size());
    Siblings b = states.get(chosen.get(1) % states.size());
    Siblings c = states.get(chosen.get(2) % states.size());
    assertEquals(a.join(b), b.join(a));
    assertEquals(a.join(b).join(c), a.join(b.join(c)));
    assertEquals(a, a.join(a));
    assertEquals(a.join(b), a.join(b).join(a));
    assertEquals(a, Siblings.fromJson(a.toJson()));
  }

  /** What lives is seen, and what was seen at a store and does not live there does not come back. */
  @Property
  void shouldNeverBringBackWhatAStoreHasSeenReplaced(@ForAll("histories") List<Step> history) {
    List<Siblings> states = states(history);
    Siblings all = states.stream().reduce(Siblings.NONE, Siblings::join);
    for (Sibling sibling : all.live()) {
      assertTrue(all.seen().contains(sibling.dot()));
      for (Siblings state : states) {
        boolean replaced =
            state.seen().contains(sibling.dot()) && !state.live().contains(sibling);
        assertTrue(!replaced, sibling + " was replaced in " + state);
      }
    }
  }

  /**
   * Replicas that agree about a store that is gone may cut it out before or after they meet; and one
   * that comes back from before brings nothing back that they had seen.
   */
  @Property
  void shouldPruneBeforeOrAfterJoiningAlike(@ForAll("histories") List<Step> history) {
    List<Siblings> states = states(history);
    Siblings all = states.stream().reduce(Siblings.NONE, Siblings::join);
    // Someone has replaced everything, so that nothing of s0 lives; all but s0 hear of it.
    Siblings one = all.write("s1", NOW, "settled");
    Siblings two = one.write("s2", NOW, "further");
    VersionVector gone = one.seen().only(Set.of("s0"));
    assertEquals(one.join(two).pruned(gone, "x"), one.pruned(gone, "x").join(two.pruned(gone, "y")));
    for (Siblings late : states) {
      Siblings back = late.pruned(gone, "z").join(two.pruned(gone, "y"));
      assertEquals(two.pruned(gone, "y").live(), back.live());
    }
    // What s0 wrote and told nobody is a write of whoever brings it.
    Siblings untold = all.write("s0", NOW, "untold").pruned(gone, "z");
    Set<Object> values = new HashSet<>();
    untold.join(two.pruned(gone, "y")).live().forEach(each -> values.add(each.value()));
    assertEquals(Set.of("untold", "further"), values);
  }
}
