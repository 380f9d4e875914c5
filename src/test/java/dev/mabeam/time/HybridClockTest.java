package dev.mabeam.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.testing.sim.SimNode;
import dev.mabeam.testing.sim.Simulation;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class HybridClockTest {
  private final SimNode node = new Simulation(1).start("a");
  private final HybridClock clock = new HybridClock(node.scheduler());

  @Test
  void shouldGoOnWhenTheWallClockStandsOrJumpsBack() {
    HybridTime first = clock.now();
    HybridTime second = clock.now();
    node.skewWall(Duration.ofHours(-1));
    HybridTime third = clock.now();
    assertEquals(first.next(), second);
    assertEquals(second.next(), third);
  }

  @Test
  void shouldBeLaterThanWhatItHasSeen() {
    HybridTime ahead = new HybridTime(node.scheduler().wallMillis() + 9_000, 7);
    assertTrue(clock.observe(ahead));
    assertTrue(clock.now().compareTo(ahead) > 0);
    assertTrue(clock.observe(HybridTime.ZERO));
    assertTrue(clock.now().compareTo(ahead) > 0);
  }

  @Test
  void shouldNotFollowAClockThatIsTooFarAhead() {
    HybridTime wrong = new HybridTime(node.scheduler().wallMillis() + 10_001, 0);
    assertFalse(clock.observe(wrong));
    assertEquals(new HybridTime(node.scheduler().wallMillis(), 0), clock.now());
  }
}
