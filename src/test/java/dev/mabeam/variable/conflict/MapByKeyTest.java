package dev.mabeam.variable.conflict;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.testing.sim.Seeds;
import dev.mabeam.time.HybridTime;
import dev.mabeam.variable.version.Dot;
import dev.mabeam.variable.version.Sibling;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MapByKeyTest {
  private final MapByKey merge = new MapByKey();

  @Test
  void shouldSetTheKeysThatAWriteNamesAndLeaveTheOthers() {
    Object one = merge.write(List.of(), write(null, 0, 1, new JsonObject().put("a", 1)));
    Object two = merge.write(of(one), write("b", 3, 2, "x"));
    assertEquals(new JsonObject().put("a", 1).put("b", "x"), merge.read(of(two)));
    Object three = merge.write(of(two), write(null, 0, 3, new JsonObject().put("a", 2)));
    assertEquals(new JsonObject().put("a", 2).put("b", "x"), merge.read(of(three)));
  }

  @Test
  void shouldPreferTheEpochThenTimeThenTheStore() {
    Object old = merge.write(List.of(), write("k", 1, 900, "old epoch, later"));
    Object young = merge.write(List.of(), write("k", 2, 100, "new epoch"));
    Object later = merge.write(List.of(), write("k", 2, 101, "later"));
    Object other =
        merge.write(List.of(), new Write("greater store", "k", 2, new HybridTime(101, 0), "z"));
    assertEquals(new JsonObject().put("k", "new epoch"), merge.read(of(old, young)));
    assertEquals(new JsonObject().put("k", "later"), merge.read(of(later, old, young)));
    assertEquals(new JsonObject().put("k", "greater store"), merge.read(of(other, later)));
  }

  @Test
  void shouldRefuseAnEpochThatWasReplaced() {
    Object now = merge.write(List.of(), write("k", 5, 1, 1));
    MabeamException refused =
        assertThrows(
            MabeamException.class, () -> merge.write(of(now), write("k", 4, 2, 2)));
    assertEquals(ErrorCode.STALE_EPOCH, refused.code());
  }

  @Test
  void shouldNotChangeAnythingForARepeatOrForALateOldSlice() {
    Object now = merge.write(List.of(), write("k", 5, 10, 8));
    assertNull(merge.write(of(now), write("k", 5, 11, 8)), "the same again");
    assertNull(merge.write(of(now), write("k", 5, 9, 5)), "an older one that came late");
  }

  @Test
  void shouldTakeAPlainWriteAsLaterThanWhatItReplaces() {
    Object now = merge.write(List.of(), write(null, 0, 1_000, new JsonObject().put("k", "ahead")));
    Object next = merge.write(of(now), write(null, 0, 1, new JsonObject().put("k", "behind")));
    assertEquals(new JsonObject().put("k", "behind"), merge.read(of(now, next)));
  }

  @Test
  void shouldTakeObjectsOnly() {
    MabeamException refused =
        assertThrows(MabeamException.class, () -> merge.write(List.of(), write(null, 0, 1, 7)));
    assertEquals(ErrorCode.INVALID, refused.code());
    assertThrows(MabeamException.class, () -> merge.first("text"));
    assertEquals(new JsonObject(), merge.read(of(merge.first(null))));
  }

  @Test
  void shouldMergeInAnyOrderAnyGroupingAndAnyNumberOfTimes() {
    for (long seed = 0; seed < 500; seed++) {
      Random random = Seeds.random(seed);
      List<Object> values = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        values.add(anyValue(random, i));
      }
      Object all = merge.read(of(values.toArray()));
      List<Object> shuffled = new ArrayList<>(values);
      shuffled.addAll(values.subList(0, 1 + random.nextInt(4)));
      Collections.shuffle(shuffled, random);
      assertEquals(all, merge.read(of(shuffled.toArray())), "seed " + seed);
      Object grouped = settled(settled(values.get(3), values.get(0)), values.get(4));
      Object rest = settled(values.get(2), values.get(1));
      assertEquals(all, merge.read(of(rest, grouped)), "grouped, seed " + seed);
    }
  }

  /** What a write to a key of its own makes of two siblings, without that key. */
  private Object settled(Object a, Object b) {
    JsonObject both = (JsonObject) merge.write(of(a, b), write("own", 0, 1, 0));
    both.remove("own");
    return both;
  }

  private Object anyValue(Random random, int store) {
    JsonObject value = new JsonObject();
    for (int key = 0; key < 3; key++) {
      if (random.nextInt(4) > 0) {
        HybridTime stamp = new HybridTime(random.nextInt(2), random.nextInt(2));
        Slice slice = new Slice(random.nextInt(3), stamp, "s" + store, random.nextInt(100));
        value.put("k" + key, slice.toJson());
      }
    }
    return value;
  }

  private static Write write(String key, long epoch, long millis, Object value) {
    return new Write(value, key, epoch, new HybridTime(millis, 0), "s");
  }

  private static List<Sibling> of(Object... values) {
    List<Sibling> siblings = new ArrayList<>();
    for (Object value : values) {
      siblings.add(new Sibling(new Dot("s" + siblings.size(), 1), HybridTime.ZERO, value));
    }
    return siblings;
  }
}
