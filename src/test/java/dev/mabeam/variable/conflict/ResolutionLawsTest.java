package dev.mabeam.variable.conflict;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mabeam.time.HybridTime;
import dev.mabeam.variable.version.Sibling;
import dev.mabeam.variable.version.Siblings;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** That what concurrent writes become is a join, whatever was written and whoever learnt of it. */
class ResolutionLawsTest {
  private static final int STORES = 4;

  /** A store writes a value, or learns what another one has. */
  private record Step(int store, int other, boolean writes, long millis, Object value) {}

  /** What happened to a variable. */
  record History(Resolution resolution, List<Step> steps) {
    @Override
    public String toString() {
      return resolution.getClass().getSimpleName() + " " + steps;
    }
  }

  @Provide
  Arbitrary<History> histories() {
    Arbitrary<Integer> numbers = Arbitraries.integers().between(-3, 3);
    Arbitrary<Object> either =
        Arbitraries.oneOf(numbers.map(n -> n), numbers.map(n -> n / 2.0), numbers.map(n -> "s" + n));
    Arbitrary<Object> elements = either.list().ofMaxSize(3).map(JsonArray::new);
    Arbitrary<Object> maps =
        Arbitraries.maps(Arbitraries.of("a", "b", "c"), either)
            .ofMaxSize(2)
            .map(map -> new JsonObject(Collections.unmodifiableMap(map)).copy());
    return Arbitraries.oneOf(
        of(LastWriterWins.IT, either),
        of(VectorClocks.IT, either),
        of(Vote.IT, either),
        of(Extreme.GREATEST, Arbitraries.oneOf(numbers.map(n -> n), numbers.map(n -> n / 2.0))),
        of(Extreme.SMALLEST, Arbitraries.oneOf(numbers.map(n -> n), numbers.map(n -> n / 2.0))),
        of(SetUnion.IT, elements),
        of(Counter.IT, numbers.map(n -> n)),
        of(MapByKey.IT, maps));
  }

  private static Arbitrary<History> of(Resolution resolution, Arbitrary<Object> values) {
    Arbitrary<Integer> stores = Arbitraries.integers().between(0, STORES - 1);
    return Combinators.combine(
            stores,
            stores,
            Arbitraries.of(true, true, false),
            Arbitraries.longs().between(0, 3),
            values)
        .as(Step::new)
        .list()
        .ofMaxSize(20)
        .map(steps -> new History(resolution, steps));
  }

  /** Every state that the stores went through. */
  private static List<Siblings> states(History history) {
    Siblings first = Siblings.first(history.resolution.first(null));
    List<Siblings> stores = new ArrayList<>(Collections.nCopies(STORES, first));
    List<Siblings> states = new ArrayList<>(List.of(first));
    for (Step step : history.steps) {
      Siblings here = stores.get(step.store);
      Siblings next =
          step.writes ? written(history.resolution, here, step) : here.join(stores.get(step.other));
      stores.set(step.store, next);
      states.add(next);
    }
    return states;
  }

  private static Siblings written(Resolution resolution, Siblings here, Step step) {
    String store = "s" + step.store;
    HybridTime stamp = new HybridTime(step.millis, 0);
    Object next = resolution.write(here.live(), new Write(step.value, null, 0, stamp, store));
    return next == null ? here : here.write(store, stamp, next);
  }

  /** All that a reader gets, as another node would have it. */
  private static String read(Resolution resolution, Siblings state) {
    Siblings there = Siblings.fromJson(new JsonObject(state.toJson().encode()));
    return Json.encode(resolution.read(there.live()))
        + " beside " + resolution.siblings(there.live());
  }

  @Property
  void shouldComeToTheSameInEveryOrderGroupingAndNumberOfTimes(
      @ForAll("histories") History history,
      @ForAll @Size(3) List<@IntRange(max = 1_000) Integer> chosen) {
    List<Siblings> states = states(history);
    Siblings a = states.get(chosen.get(0) % states.size());
    Siblings b = states.get(chosen.get(1) % states.size());
    Siblings c = states.get(chosen.get(2) % states.size());
    Resolution by = history.resolution;
    assertEquals(read(by, a.join(b)), read(by, b.join(a)));
    assertEquals(read(by, a.join(b).join(c)), read(by, a.join(b.join(c))));
    assertEquals(read(by, a), read(by, a.join(a)));
    assertEquals(read(by, a.join(b)), read(by, a.join(b).join(a)));
  }

  @Property
  void shouldReadTheSameWhicheverSiblingComesFirst(
      @ForAll("histories") History history, @ForAll long order) {
    Siblings all = states(history).stream().reduce(Siblings::join).orElseThrow();
    List<Sibling> shuffled = new ArrayList<>(all.live());
    Collections.shuffle(shuffled, new Random(order));
    assertEquals(
        Json.encode(history.resolution.read(all.live())),
        Json.encode(history.resolution.read(shuffled)));
  }
}
