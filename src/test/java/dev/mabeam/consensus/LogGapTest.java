package dev.mabeam.consensus;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.consensus.LogWorld.Machine;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How long nothing is committed when the leader is gone, in simulated time. */
class LogGapTest {
  private static final int SEEDS = 200;

  private static Duration gap(long seed, int voters, Consumer<LogWorld> fault) {
    String[] names = List.of("a", "b", "c", "d", "e").subList(0, voters).toArray(String[]::new);
    LogWorld world = LogWorld.of(seed, names);
    world.runFor(Duration.ofMillis(1_000 + 13 * seed % 700));
    world.appended(world.machine("a"));
    fault.accept(world);
    Duration from = world.sim.elapsed();
    Future<Long> next = null;
    while (next == null || !next.succeeded()) {
      world.await(
          "another leader", () -> world.all().stream().skip(1).anyMatch(Machine::leads));
      next = world.append(world.all().stream().skip(1).filter(Machine::leads).findAny().get());
      world.await("an answer", next::isComplete);
    }
    return world.sim.elapsed().minus(from);
  }

  private static void assertGaps(
      String what, int voters, Consumer<LogWorld> fault, Duration median, Duration most) {
    List<Duration> gaps = new ArrayList<>();
    for (long seed = 1; seed <= SEEDS; seed++) {
      gaps.add(gap(seed, voters, fault));
    }
    gaps.sort(null);
    String told =
        what + ", " + voters + " voters: median " + gaps.get(SEEDS / 2).toMillis() + " ms, p90 "
            + gaps.get(SEEDS * 9 / 10).toMillis() + " ms, longest "
            + gaps.get(SEEDS - 1).toMillis() + " ms";
    System.out.println(told);
    assertTrue(gaps.get(SEEDS / 2).compareTo(median) <= 0, told);
    assertTrue(gaps.get(SEEDS - 1).compareTo(most) <= 0, told);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 5})
  void shouldGoOnWithinASecondOfTheLeadersDeath(int voters) {
    assertGaps(
        "killed",
        voters,
        world -> world.sim.node("a").crash(),
        Duration.ofMillis(800),
        Duration.ofSeconds(1));
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 5})
  void shouldGoOnWithinOneAndAHalfSecondsOfASilentCut(int voters) {
    assertGaps(
        "cut off",
        voters,
        world -> world.sim.network().isolate("a"),
        Duration.ofMillis(800),
        Duration.ofMillis(1_500));
  }
}
