package dev.mabeam.placement;

import static dev.mabeam.placement.Samples.loaded;
import static dev.mabeam.placement.Samples.needs;
import static dev.mabeam.placement.Samples.node;
import static dev.mabeam.placement.Samples.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PlacerTest {
  private List<PlacementNode> nodes = List.of(node("n1"), node("n2"), node("n3"));
  private long nanos;
  private final Placer placer = new Placer(() -> nodes, () -> nanos);

  @Test
  void shouldSpreadABurstThatNeedsNothing() {
    nodes = List.of(loaded(node("n1"), 0.05), loaded(node("n2"), 0.2), loaded(node("n3"), 0.1));
    Map<String, Integer> placed = burst(300, Requirements.NONE);
    assertEquals(3, placed.size());
    assertTrue(placed.values().stream().allMatch(count -> count > 80), placed.toString());
  }

  @Test
  void shouldNameABetterNodeOnlyIfItIsClearlyBetter() {
    PlacementRequest request = request("a", Requirements.NONE);
    placer.decided(request.on("n1#1"));
    assertEquals(Optional.empty(), placer.better(request, "n1#1"));
    nodes = List.of(loaded(node("n1"), 0.3), node("n2"), loaded(node("n3"), 0.1));
    assertEquals(Optional.empty(), placer.better(request, "n1#1"), "for a share of 0.25 * 0.3");
    nodes = List.of(loaded(node("n1"), 0.4), node("n2"), loaded(node("n3"), 0.1));
    assertEquals(Optional.of("n2#1"), placer.better(request, "n1#1"));
    assertEquals(Optional.empty(), placer.better(request, "n3#1"));
    assertEquals(0, placer.reserved());
  }

  @Test
  void shouldReserveBeforeTheDirectoryShowsIt() {
    Map<String, Integer> placed = burst(6, needs(500, 0));
    assertEquals(Map.of("n1#1", 2, "n2#1", 2, "n3#1", 2), placed);
    MabeamException refused =
        assertThrows(
            MabeamException.class, () -> placer.place(request("late", needs(500, 0))));
    assertEquals(ErrorCode.NO_SUITABLE_NODES, refused.code());
    assertEquals(6, placer.reserved());
    placer.release("a0");
    assertEquals("n1#1", placer.place(request("late", needs(500, 0))));
  }

  @Test
  void shouldHoldAPlaceOnceWhenTheDirectoryShowsIt() {
    nodes = List.of(node("n1"));
    PlacementRequest half = request("a", needs(500, 0));
    placer.decided(half.on(placer.place(half)));
    assertEquals(0, placer.reserved());
    placer.release("a");
    assertEquals("n1#1", placer.place(request("b", needs(500, 0))));
    assertThrows(MabeamException.class, () -> placer.place(request("c", needs(1, 0))));
    placer.gone("a");
    assertEquals("n1#1", placer.place(request("c", needs(500, 0))));
  }

  @Test
  void shouldReserveForAnAgentThatIsPlacedAgainAndPutItBack() {
    PlacementRequest whole = request("a", needs(1000, 0));
    placer.decided(whole.on("n9#1"));
    assertEquals("n1#1", placer.place(whole));
    placer.decided(whole.on("n9#1")); // told again, since its status changed
    assertEquals("n2#1", placer.place(request("b", needs(1, 0))));
    placer.release("a");
    nodes = List.of(node("n1"));
    assertEquals("n1#1", placer.place(request("c", needs(1000, 0))));
  }

  @Test
  void shouldTrustTheMeasuredLoadAfterAWhile() {
    burst(30, Requirements.NONE);
    placer.replaced(List.of());
    double burdened = best().scores().load();
    assertTrue(burdened < 0.97, "load score " + burdened);
    nanos += Placer.UNTIL_SHOWN_IN_LOAD.minus(Duration.ofMillis(1)).toNanos();
    assertEquals(burdened, best().scores().load());
    nanos += Duration.ofMillis(1).toNanos();
    assertEquals(1, best().scores().load());
  }

  @Test
  void shouldKeepReservationsWhenTheDirectoryIsReplaced() {
    nodes = List.of(node("n1"));
    placer.place(request("a", needs(400, 0)));
    placer.place(request("b", needs(400, 0)));
    placer.replaced(List.of(new PlacedAgent("a", "counter", "n1#1", 400, 0)));
    assertEquals(1, placer.reserved());
    assertThrows(MabeamException.class, () -> placer.place(request("c", needs(300, 0))));
    placer.release("b");
    assertEquals("n1#1", placer.place(request("c", needs(300, 0))));
  }

  @Test
  void shouldExplainWithoutReserving() {
    placer.explain(request("a", needs(1000, 4)));
    assertEquals(0, placer.reserved());
    assertEquals("n1#1", placer.place(request("b", needs(1000, 4))));
  }

  @Test
  void shouldCountWhatItPlacedAndRefused() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    PlacementMetrics.register(placer, registry);
    burst(4, Requirements.NONE);
    assertThrows(MabeamException.class, () -> placer.place(request("x", needs(9999, 0))));
    assertEquals(4, count(registry, "placed"));
    assertEquals(1, count(registry, "refused"));
    assertEquals(4, registry.get("mabeam.placements.reserved").gauge().value());
  }

  private static double count(SimpleMeterRegistry registry, String outcome) {
    return registry.get("mabeam.placements").tag("outcome", outcome).functionCounter().count();
  }

  /**
   * Sums are kept: to count them again at each placement would be to look at fifty million agents a
   * round. The best of the rounds is what it takes when nobody else has the processor.
   */
  @Test
  void shouldPlaceAThousandAmongFiftyThousandQuickly() {
    nodes = new ArrayList<>(nodes);
    for (int i = 4; i <= 9; i++) {
      nodes.add(node("n" + i));
    }
    List<PlacedAgent> agents = new ArrayList<>();
    for (int i = 0; i < 50_000; i++) {
      agents.add(
          new PlacedAgent("old-" + i, "type-" + i % 20, "n" + (1 + i % 9) + "#1", 0, 0.0001));
    }
    placer.replaced(agents);
    burst(3_000, Requirements.NONE); // warm
    List<Long> rounds = new ArrayList<>();
    for (int round = 0; round < 5; round++) {
      long start = System.nanoTime();
      for (int i = 0; i < 1_000; i++) {
        placer.place(request("r" + round + "-" + i, Requirements.NONE));
      }
      rounds.add((System.nanoTime() - start) / 1_000_000);
    }
    long best = rounds.stream().mapToLong(Long::longValue).min().orElseThrow();
    assertTrue(best < 100, "ms for a thousand placements: " + rounds);
  }

  private Candidate best() {
    return placer.explain(request("x", Requirements.NONE)).candidates().get(0);
  }

  private Map<String, Integer> burst(int count, Requirements needs) {
    Map<String, Integer> placed = new HashMap<>();
    for (int i = 0; i < count; i++) {
      placed.merge(placer.place(request("a" + i, needs)), 1, Integer::sum);
    }
    return placed;
  }
}
