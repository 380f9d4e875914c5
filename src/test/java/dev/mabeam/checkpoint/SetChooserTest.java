package dev.mabeam.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.link.LinkAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SetChooserTest {
  private static Stores.Store store(String id, String zone) {
    return new Stores.Store(id, new LinkAddress(id, 1), zone, true);
  }

  private static List<Stores.Store> stores(int count) {
    List<Stores.Store> stores = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      stores.add(store("s" + i, ""));
    }
    return stores;
  }

  private static Set<String> zones(List<String> ids, List<Stores.Store> stores) {
    Set<String> zones = new HashSet<>();
    stores.stream().filter(one -> ids.contains(one.id())).forEach(one -> zones.add(one.zone()));
    return zones;
  }

  @Test
  void shouldTakeTheOwnersAndTwoOthersOrAsManyAsThereAre() {
    assertEquals(List.of("s1"), SetChooser.choose("k", "s1", stores(1)));
    assertEquals(List.of("s2", "s1"), SetChooser.choose("k", "s2", stores(2)));
    List<String> three = SetChooser.choose("k", "s4", stores(9));
    assertEquals("s4", three.get(0));
    assertEquals(3, new HashSet<>(three).size());
  }

  @Test
  void shouldGiveEachStoreItsShare() {
    Map<String, Integer> share = new TreeMap<>();
    for (int i = 0; i < 3_000; i++) {
      SetChooser.choose("agent-" + i, "s1", stores(7)).stream()
          .filter(one -> !one.equals("s1"))
          .forEach(one -> share.merge(one, 1, Integer::sum));
    }
    assertEquals(6, share.size());
    share.forEach((one, keys) -> assertTrue(Math.abs(keys - 1_000) < 150, share.toString()));
  }

  @Test
  void shouldSpreadOverZones() {
    List<Stores.Store> stores =
        List.of(
            store("a1", "a"), store("a2", "a"), store("a3", "a"), store("b1", "b"),
            store("b2", "b"), store("c1", "c"));
    for (int i = 0; i < 200; i++) {
      assertEquals(3, zones(SetChooser.choose("k" + i, "a1", stores), stores).size());
    }
    List<Stores.Store> two = stores.subList(0, 5);
    for (int i = 0; i < 200; i++) {
      assertEquals(2, zones(SetChooser.choose("k" + i, "a1", two), two).size());
    }
  }

  @Test
  void shouldLeaveASetAloneThatIsAsItShouldBe() {
    Random random = new Random(1);
    for (int i = 0; i < 500; i++) {
      List<Stores.Store> stores = new ArrayList<>();
      int count = 1 + random.nextInt(8);
      for (int s = 1; s <= count; s++) {
        stores.add(store("s" + s, "z" + random.nextInt(4)));
      }
      String own = "s" + (1 + random.nextInt(count));
      List<String> chosen = SetChooser.choose("k" + i, own, stores);
      assertEquals(Optional.empty(), SetChooser.better("k" + i, own, chosen, stores));
    }
  }

  @Test
  void shouldComeToRestWhateverTheSetWas() {
    Random random = new Random(2);
    for (int i = 0; i < 500; i++) {
      List<Stores.Store> stores = new ArrayList<>();
      int count = 1 + random.nextInt(8);
      for (int s = 1; s <= count; s++) {
        stores.add(
            new Stores.Store(
                "s" + s, new LinkAddress("s", s), "z" + random.nextInt(3),
                random.nextInt(5) > 0));
      }
      List<String> have = new ArrayList<>();
      for (int s = 1; s <= 8; s++) {
        if (random.nextInt(3) == 0) {
          have.add("s" + s);
        }
      }
      String own = "s" + (1 + random.nextInt(count));
      List<String> next = SetChooser.better("k" + i, own, have, stores).orElse(have);
      assertEquals(Optional.empty(), SetChooser.better("k" + i, own, next, stores));
      assertTrue(next.contains(own));
    }
  }

  @Test
  void shouldKeepWhoHasItWhenNodesCome() {
    int moved = 0;
    for (int i = 0; i < 1_000; i++) {
      List<String> before = SetChooser.choose("k" + i, "s1", stores(5));
      moved += SetChooser.better("k" + i, "s1", before, stores(6)).isPresent() ? 1 : 0;
    }
    assertEquals(0, moved);
  }

  @Test
  void shouldReplaceOnlyWhatIsGone() {
    List<Stores.Store> stores = stores(6);
    List<String> before = SetChooser.choose("k", "s1", stores);
    List<Stores.Store> left =
        stores.stream().filter(one -> !one.id().equals(before.get(2))).toList();
    List<String> after = SetChooser.better("k", "s1", before, left).orElseThrow();
    assertEquals(3, after.size());
    assertTrue(after.containsAll(before.subList(0, 2)), after.toString());
  }

  @Test
  void shouldMoveAwayFromANodeThatIsDrained() {
    List<Stores.Store> stores = new ArrayList<>(stores(4));
    stores.set(1, new Stores.Store("s2", new LinkAddress("s2", 1), "", false));
    List<String> after =
        SetChooser.better("k", "s1", List.of("s1", "s2", "s3"), stores).orElseThrow();
    assertEquals(Set.of("s1", "s3", "s4"), Set.copyOf(after));
  }

  @Test
  void shouldMoveOneOfTwoInAZoneToAZoneThatCame() {
    List<Stores.Store> stores =
        List.of(store("s1", "a"), store("s2", "a"), store("s3", "b"), store("s4", "c"));
    List<String> after =
        SetChooser.better("k", "s1", List.of("s1", "s2", "s3"), stores).orElseThrow();
    assertEquals(Set.of("s1", "s3", "s4"), Set.copyOf(after));
  }
}
