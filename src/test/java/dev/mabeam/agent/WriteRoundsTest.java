package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.testing.sim.Simulation;
import dev.mabeam.time.Scheduler;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** With a hand-turned home and virtual time. */
class WriteRoundsTest {
  private final Queue<Runnable> home = new ArrayDeque<>();
  private final Simulation sim = new Simulation(1);
  private final Scheduler scheduler = sim.start("n1").scheduler();
  private final WriteRounds rounds = new WriteRounds(new RunQueue(home::add));
  private final List<String> woken = new ArrayList<>();

  /** The home has its turn, until it has nothing to do. */
  private void turn() {
    while (!home.isEmpty()) {
      home.poll().run();
    }
  }

  private void await(String who) {
    rounds.await(() -> woken.add(who), scheduler);
  }

  private void patience(int times) {
    for (int i = 0; i < times; i++) {
      sim.runFor(WriteRounds.PATIENCE);
      turn();
    }
  }

  @Test
  void shouldLetThoseOfOneTurnWriteTogether() {
    long first = rounds.begun();

    assertTrue(rounds.isOpen());
    assertEquals(first, rounds.begun());
    turn();
    assertFalse(rounds.isOpen());
  }

  @Test
  void shouldLetThoseWhoWaitedWriteWhenAllOfTheRoundHaveEnded() {
    long round = rounds.begun();
    rounds.begun();
    turn();
    await("a");
    await("b");

    rounds.ended(round);
    turn();
    assertEquals(List.of(), woken);
    rounds.ended(round);
    turn();

    assertEquals(List.of("a", "b"), woken);
    assertTrue(rounds.isOpen());
  }

  @Test
  void shouldBeOpenToAWriteThatComesAlone() {
    for (int i = 0; i < 3; i++) {
      assertTrue(rounds.isOpen());
      long round = rounds.begun();
      turn();
      rounds.ended(round);
      turn();
    }
  }

  @Test
  void shouldStayOpenToTheEndOfTheTurnWhenItsWritesHaveEndedBefore() {
    rounds.ended(rounds.begun());

    assertTrue(rounds.isOpen());
    turn();
    assertTrue(rounds.isOpen());
  }

  @Test
  void shouldNotHoldUpOthersForARoundThatDoesNotEnd() {
    long slow = rounds.begun();
    turn();
    await("a");

    patience(1);

    assertEquals(List.of("a"), woken);
    long next = rounds.begun();
    rounds.ended(slow);
    turn();
    assertFalse(rounds.isOpen());
    rounds.ended(next);
    assertTrue(rounds.isOpen());
  }

  @Test
  void shouldGiveEachRoundItsTime() {
    long first = rounds.begun();
    turn();
    await("a");
    sim.runFor(Duration.ofMillis(4));
    rounds.ended(first);
    turn();
    rounds.begun();
    turn();
    await("b");

    patience(1);
    assertEquals(List.of("a"), woken);
    patience(1);
    assertEquals(List.of("a", "b"), woken);
  }

  @Test
  void shouldNotCountAWriteThatDidNotWait() {
    long round = rounds.begun();
    turn();
    long aside = rounds.begun();

    rounds.ended(aside);

    assertFalse(rounds.isOpen());
    rounds.ended(round);
    assertTrue(rounds.isOpen());
  }
}
