package dev.mabeam.variable.version;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.time.HybridTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SiblingsTest {
  private static final HybridTime NOW = new HybridTime(1, 0);

  @Test
  void shouldCompareVectorsFourWays() {
    VersionVector a = VersionVector.EMPTY.with(new Dot("a", 2));
    VersionVector ab = a.with(new Dot("b", 1));
    VersionVector c = VersionVector.EMPTY.with(new Dot("c", 1));
    assertEquals(Causality.EQUAL, a.compare(a.with(new Dot("a", 1))));
    assertEquals(Causality.BEFORE, a.compare(ab));
    assertEquals(Causality.AFTER, ab.compare(a));
    assertEquals(Causality.CONCURRENT, ab.compare(c));
    assertEquals(Causality.BEFORE, VersionVector.EMPTY.compare(c));
    assertEquals(ab, VersionVector.fromJson(ab.toJson()));
  }

  @Test
  void shouldKeepConcurrentWritesUntilOneHasSeenThem() {
    Siblings left = Siblings.NONE.write("a", NOW, "left");
    Siblings right = Siblings.NONE.write("b", NOW, "right");
    Siblings both = left.join(right);
    assertEquals(List.of("left", "right"), values(both));
    Siblings settled = both.write("b", NOW, "settled");
    assertEquals(List.of("settled"), values(settled));
    assertEquals(settled, left.join(settled));
    assertEquals(settled, settled.join(right));
  }

  @Test
  void shouldJoinInAnyOrderAndAnyNumberOfTimes() {
    for (long seed = 0; seed < 300; seed++) {
      List<Siblings> states = history(new SplittableRandom(seed));
      SplittableRandom random = new SplittableRandom(seed);
      for (int i = 0; i < 40; i++) {
        Siblings a = states.get(random.nextInt(states.size()));
        Siblings b = states.get(random.nextInt(states.size()));
        Siblings c = states.get(random.nextInt(states.size()));
        assertEquals(a.join(b), b.join(a), "commutative, seed " + seed);
        assertEquals(a.join(b).join(c), a.join(b.join(c)), "associative, seed " + seed);
        assertEquals(a, a.join(a), "idempotent, seed " + seed);
        assertEquals(a.join(b), a.join(b).join(a), "absorbing, seed " + seed);
        assertEquals(a, Siblings.fromJson(a.toJson()));
      }
    }
  }

  @Test
  void shouldKeepExactlyWhatNoWriteHasSeen() {
    for (long seed = 0; seed < 300; seed++) {
      List<Siblings> states = history(new SplittableRandom(seed));
      Siblings all = states.stream().reduce(Siblings.NONE, Siblings::join);
      Set<String> stores = new HashSet<>();
      for (Sibling sibling : all.live()) {
        assertTrue(stores.add(sibling.dot().store()), "one a store, seed " + seed);
        assertEquals(sibling.dot().n(), all.seen().of(sibling.dot().store()), "seed " + seed);
      }
    }
  }

  /** Every state that three stores went through which wrote and exchanged at random. */
  private static List<Siblings> history(SplittableRandom random) {
    Siblings[] stores = {Siblings.NONE, Siblings.NONE, Siblings.NONE};
    List<Siblings> states = new ArrayList<>(List.of(Siblings.NONE));
    for (int step = 0; step < 20; step++) {
      int at = random.nextInt(3);
      stores[at] =
          random.nextBoolean()
              ? stores[at].write("s" + at, NOW, step)
              : stores[at].join(stores[random.nextInt(3)]);
      states.add(stores[at]);
    }
    return states;
  }

  private static List<Object> values(Siblings siblings) {
    return siblings.live().stream().map(Sibling::value).toList();
  }
}
