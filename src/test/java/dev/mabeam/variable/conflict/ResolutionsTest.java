package dev.mabeam.variable.conflict;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.testing.sim.Seeds;
import dev.mabeam.time.HybridTime;
import dev.mabeam.variable.version.Siblings;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What concurrent writes become; that the order does not matter is {@link ResolutionLawsTest}. */
class ResolutionsTest {
  private static final int STORES = 4;

  private record Case(Resolution resolution, Function<Random, Object> value) {}

  private static final List<Case> ALL =
      List.of(
          new Case(new LastWriterWins(), random -> random.nextInt(10)),
          new Case(new VectorClocks(), random -> random.nextInt(10)),
          new Case(Extreme.GREATEST, random -> random.nextInt(-50, 50)),
          new Case(Extreme.SMALLEST, random -> random.nextInt(-50, 50) / 2.0),
          new Case(new SetUnion(), random -> new JsonArray().add(random.nextInt(20))),
          new Case(new Counter(), random -> random.nextInt(-5, 9)),
          new Case(new MapByKey(), random -> new JsonObject().put("k", random.nextInt(9))));

  /** Some stores, each of which writes, and learns from others, in random order. */
  private static List<Siblings> play(Case of, Random random, List<Object> written) {
    Siblings first = Siblings.first(of.resolution.first(null));
    List<Siblings> stores = new ArrayList<>(Collections.nCopies(STORES, first));
    for (int i = 0; i < 30; i++) {
      int at = random.nextInt(STORES);
      if (random.nextInt(3) == 0) {
        Siblings other = stores.get(random.nextInt(STORES));
        stores.set(at, stores.get(at).join(Siblings.fromJson(wire(other))));
      } else {
        Object value = of.value.apply(random);
        written.add(value);
        stores.set(at, written(of.resolution, stores.get(at), "s" + at, random.nextInt(9), value));
      }
    }
    return stores;
  }

  private static JsonObject wire(Siblings state) {
    return new JsonObject(state.toJson().encode());
  }

  private static Siblings written(
      Resolution resolution, Siblings at, String store, long millis, Object value) {
    HybridTime stamp = new HybridTime(millis, 0);
    Object next = resolution.write(at.live(), new Write(value, null, 0, stamp, store));
    return next == null ? at : at.write(store, stamp, next);
  }

  @Test
  void shouldMergeToWhatAllWritesComeTo() {
    for (long seed = 1; seed <= 200; seed++) {
      List<Object> written = new ArrayList<>();
      assertEquals(
          written(ALL.get(2), seed, written),
          written.stream().mapToInt(n -> (Integer) n).boxed().max(Integer::compare).get());
      written.clear();
      assertEquals(
          written(ALL.get(3), seed, written),
          written.stream().map(n -> (Double) n).min(Double::compare).get());
      written.clear();
      JsonArray union = (JsonArray) written(ALL.get(4), seed, written);
      TreeSet<Object> elements = new TreeSet<>();
      written.forEach(array -> elements.add(((JsonArray) array).getInteger(0)));
      TreeSet<Object> found = new TreeSet<>();
      union.forEach(found::add);
      assertEquals(elements, found);
      assertEquals(elements.size(), union.size());
      written.clear();
      assertEquals(
          written(ALL.get(5), seed, written),
          written.stream().mapToLong(n -> (Integer) n).sum());
    }
  }

  private static Object written(Case of, long seed, List<Object> written) {
    List<Siblings> stores = play(of, Seeds.random(seed), written);
    return of.resolution.read(stores.stream().reduce(Siblings::join).orElseThrow().live());
  }

  @Test
  void shouldLetTheLatestStandAndKeepTheOthersBesideIt() {
    Resolution clocks = new VectorClocks();
    Siblings first = Siblings.first(clocks.first("first"));
    Siblings early = written(clocks, first, "z", 1, "early");
    Siblings late = written(clocks, first, "a", 2, null);
    Siblings both = early.join(late);
    assertNull(clocks.read(both.live()));
    assertEquals(List.of("early"), clocks.siblings(both.live()));
    Siblings three = both.join(written(clocks, first, "m", 3, "latest"));
    assertEquals("latest", clocks.read(three.live()));
    assertEquals(Arrays.asList(null, "early"), clocks.siblings(three.live()));
    Siblings settled = written(clocks, both, "z", 1, "settled");
    assertEquals("settled", clocks.read(settled.join(both).live()));
    assertEquals(List.of(), clocks.siblings(settled.join(both).live()));
    Resolution wins = new LastWriterWins();
    assertNull(wins.read(both.live()));
    assertEquals(List.of(), wins.siblings(both.live()));
  }

  @Test
  void shouldBreakTiesOfTheClockByTheStore() {
    Resolution wins = new LastWriterWins();
    Siblings first = Siblings.first(wins.first(null));
    Siblings both = written(wins, first, "a", 7, "a").join(written(wins, first, "b", 7, "b"));
    assertEquals("b", wins.read(both.live()));
  }

  @Test
  void shouldTakeEqualElementsAsOne() {
    Resolution union = new SetUnion();
    JsonObject ab = new JsonObject().put("a", 1).put("b", 2);
    JsonObject ba = new JsonObject().put("b", 2).put("a", 1);
    Siblings state = Siblings.first(union.first(new JsonArray().add(ab)));
    Write same = new Write(new JsonArray().add(ba), null, 0, HybridTime.ZERO, "s");
    assertNull(union.write(state.live(), same));
  }

  @Test
  void shouldCountBeyondALong() {
    Resolution counter = new Counter();
    Siblings state = Siblings.first(counter.first(Long.MAX_VALUE));
    state = written(counter, state, "s", 1, 1);
    assertEquals("9223372036854775808", counter.read(state.live()).toString());
    state = Siblings.fromJson(wire(written(counter, state, "s", 2, -2)));
    assertEquals(Long.MAX_VALUE - 1, counter.read(state.live()));
  }

  @Test
  void shouldRefuseValuesOfAnotherKindAndKeys() {
    refuse(Extreme.GREATEST, "text");
    refuse(Extreme.SMALLEST, null);
    refuse(new SetUnion(), new JsonObject());
    refuse(new Counter(), 1.5);
    refuse(new Counter(), null);
    for (Case each : ALL.subList(0, 6)) {
      Object value = each.value.apply(new Random(1));
      assertInvalid(() -> each.resolution.write(List.of(), new Write(value, "k", 0, null, "s")));
      assertInvalid(() -> each.resolution.write(
          Siblings.first(each.resolution.first(null)).live(),
          new Write(value, null, 1, null, "s")));
    }
    assertInvalid(() -> Resolution.of("majority", null));
    assertInvalid(() -> Resolution.of(null, null));
    assertInvalid(() -> Resolution.of("merge_function", "median"));
    assertInvalid(() -> Resolution.of("merge_function", null));
  }

  private static void refuse(Resolution resolution, Object value) {
    Siblings first = Siblings.first(resolution.first(null));
    assertInvalid(
        () -> resolution.write(first.live(), new Write(value, null, 0, HybridTime.ZERO, "s")));
    if (value != null) {
      assertInvalid(() -> resolution.first(value));
    }
  }

  private static void assertInvalid(Executable call) {
    assertEquals(ErrorCode.INVALID, assertThrows(MabeamException.class, call).code());
  }
}
