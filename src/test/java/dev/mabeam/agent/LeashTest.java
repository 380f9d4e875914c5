package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.testing.sim.Simulation;
import dev.mabeam.time.Scheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LeashTest {
  private final Simulation sim = new Simulation(1);
  private final Scheduler scheduler = sim.start("n1").scheduler();
  private final HandLease lease = new HandLease();
  private final AtomicInteger unsaid = new AtomicInteger();
  private final Leash leash = new Leash(lease, scheduler, unsaid::addAndGet);
  private final List<String> story = new ArrayList<>();

  private void await(String name, Duration deadline) {
    leash.await(
        scheduler.nanos() + deadline.toNanos(),
        () -> story.add(name),
        () -> story.add(name + " refused"));
  }

  private void regain() {
    lease.regain();
    leash.release();
  }

  @Test
  void shouldLetInWhatWaitedInTheOrderInWhichItCame() {
    lease.lose();
    assertFalse(leash.open());
    await("a", Duration.ofSeconds(30));
    await("b", Duration.ofSeconds(5));
    sim.runFor(Duration.ofSeconds(1));
    await("c", Duration.ofSeconds(5));
    assertEquals(List.of(), story);
    regain();
    assertEquals(List.of("a", "b", "c"), story);
    assertTrue(leash.open());
    sim.runFor(Duration.ofSeconds(60));
    assertEquals(List.of("a", "b", "c"), story);
  }

  @Test
  void shouldLetNobodyOvertakeThoseOnTheWayIn() {
    lease.lose();
    leash.await(
        scheduler.nanos() + Duration.ofSeconds(5).toNanos(),
        () -> {
          story.add("a");
          assertFalse(leash.open());
          await("c", Duration.ofSeconds(5));
        },
        () -> story.add("a refused"));
    await("b", Duration.ofSeconds(5));
    regain();
    assertEquals(List.of("a", "b", "c"), story);
  }

  @Test
  void shouldKeepOutWhoeverIsLeftWhenTheLeaseIsLostAgain() {
    lease.lose();
    leash.await(
        scheduler.nanos() + Duration.ofSeconds(5).toNanos(),
        () -> {
          story.add("a");
          lease.lose();
        },
        () -> story.add("a refused"));
    await("b", Duration.ofSeconds(5));
    regain();
    assertEquals(List.of("a"), story);
    regain();
    assertEquals(List.of("a", "b"), story);
  }

  @Test
  void shouldRefuseInTimeToSaySoBeforeTheDeadline() {
    lease.lose();
    await("a", Duration.ofSeconds(1));
    sim.runFor(Duration.ofMillis(700));
    assertEquals(List.of(), story);
    sim.runFor(Duration.ofMillis(100));
    assertEquals(List.of("a refused"), story);
  }

  @Test
  void shouldRefuseWhatHasWaitedForLongHoweverFarItsDeadline() {
    lease.lose();
    await("a", Duration.ofHours(1));
    sim.runFor(Leash.PATIENCE.minusMillis(10));
    assertEquals(List.of(), story);
    sim.runFor(Duration.ofMillis(20));
    assertEquals(List.of("a refused"), story);
    regain();
    assertEquals(List.of("a refused"), story);
  }

  @Test
  void shouldRefuseEverybodyWhenItCloses() {
    lease.lose();
    await("a", Duration.ofSeconds(5));
    leash.close();
    await("b", Duration.ofSeconds(5));
    assertEquals(List.of("a refused", "b refused"), story);
    regain();
    assertEquals(2, story.size());
  }

  @Test
  void shouldCountWhatIsNeverSaid() {
    leash.say(() -> story.add("first"));
    lease.lose();
    leash.say(() -> story.add("second"));
    regain();
    assertEquals(List.of("first", "second"), story);
    assertEquals(0, unsaid.get());
    lease.lose();
    leash.say(() -> story.add("third"));
    leash.close();
    leash.say(() -> story.add("fourth"));
    assertEquals(2, unsaid.get());
    assertEquals(List.of("first", "second"), story);
  }

  @Test
  void shouldHaveNoRoomForAnyNumber() {
    lease.lose();
    for (int i = 0; i < 10_001; i++) {
      await("m", Duration.ofSeconds(5));
    }
    assertEquals(List.of("m refused"), story);
  }
}
