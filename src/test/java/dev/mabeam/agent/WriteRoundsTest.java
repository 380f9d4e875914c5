package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.testing.sim.Simulation;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** With hand-turned threads and virtual time. */
class WriteRoundsTest {
  private final Queue<Runnable> hops = new ArrayDeque<>();
  private final Queue<Runnable> otherHops = new ArrayDeque<>();
  private final Queue<Runnable> checkpoints = new ArrayDeque<>();
  private final Home home = Home.on(hops::add);
  private final Home otherHome = Home.on(otherHops::add);
  private final RunQueue writes = new RunQueue(checkpoints::add);
  private final Simulation sim = new Simulation(1);
  private final WriteRounds rounds = new WriteRounds(writes, sim.start("n1").scheduler());
  private final List<String> woken = new ArrayList<>();

  /** That thread has its turn, until it has nothing to do. */
  private static void turn(Queue<Runnable> thread) {
    while (!thread.isEmpty()) {
      thread.poll().run();
    }
  }

  private void turn() {
    turn(checkpoints);
    turn(hops);
  }

  private void await(String who) {
    rounds.await(home, () -> woken.add(who), 1);
  }

  /** A write that the checkpoints' thread has come to. */
  private long write() {
    long round = rounds.begun(1_024, 1);
    rounds.taken(round);
    return round;
  }

  /** One that so many messages are in, and that many answers come of. */
  private long write(int messages) {
    long round = rounds.begun(1_024, messages);
    rounds.taken(round);
    return round;
  }

  /** For longer than any round may take. */
  private void patience() {
    sim.runFor(WriteRounds.PATIENCE.plus(WriteRounds.GATHERING_TIME));
    turn();
  }

  @Test
  void shouldLetThoseWriteTogetherWhoBeginBeforeTheFirstIsTaken() {
    long first = rounds.begun(1_024, 1);

    assertTrue(rounds.isOpen());
    assertEquals(first, rounds.begun(1_024, 1));
    rounds.taken(first);
    assertFalse(rounds.isOpen());
    assertEquals(WriteRounds.NONE, rounds.begun(1_024, 1));
  }

  @Test
  void shouldLetThoseWhoWaitedWriteWhenAllOfTheRoundHaveEnded() {
    long round = rounds.begun(1_024, 1);
    rounds.begun(1_024, 1);
    rounds.taken(round);
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
  void shouldWakeEachHomeOnceForAllOfItWhoWaited() {
    long round = write();
    await("a");
    rounds.await(otherHome, () -> woken.add("c"), 1);
    await("b");

    rounds.ended(round);
    turn(checkpoints);

    assertEquals(1, hops.size());
    assertEquals(1, otherHops.size());
    turn(otherHops);
    turn(hops);
    assertEquals(List.of("c", "a", "b"), woken);
  }

  @Test
  void shouldWakeAtOnceWhoComesToWaitForARoundThatHasJustBegun() {
    rounds.ended(write());
    turn();

    await("a");
    turn();

    assertEquals(List.of("a"), woken);
  }

  @Test
  void shouldBeOpenToAWriteThatComesAlone() {
    for (int i = 0; i < 3; i++) {
      assertTrue(rounds.isOpen());
      rounds.ended(write());
      turn();
    }
  }

  @Test
  void shouldWakeAHomeAlongWithWhatItIsToldOfItsWrites() {
    long round = write();
    await("b");

    home.fromCheckpoints().add(() -> woken.add("a written"), writes, home.queue());
    rounds.ended(round);
    turn(checkpoints);

    assertEquals(1, hops.size());
    hops.remove().run();
    assertEquals(List.of("a written", "b"), woken);
  }

  @Test
  void shouldNotHoldUpOthersForARoundThatDoesNotEnd() {
    long slow = write();
    await("a");

    patience();

    assertEquals(List.of("a"), woken);
    long next = write();
    rounds.ended(slow);
    turn();
    assertFalse(rounds.isOpen());
    rounds.ended(next);
    turn();
    assertTrue(rounds.isOpen());
  }

  @Test
  void shouldGiveEachRoundItsTime() {
    long first = write();
    await("a");
    sim.runFor(Duration.ofMillis(4));
    rounds.ended(first);
    turn();
    write();
    await("b");

    sim.runFor(Duration.ofMillis(4));
    turn();
    assertEquals(List.of("a"), woken);
    patience();
    assertEquals(List.of("a", "b"), woken);
  }

  @Test
  void shouldHaveNobodyWaitForALargeWrite() {
    long large = rounds.begun(WriteRounds.LARGE + 1, 1);
    rounds.taken(large);

    assertEquals(WriteRounds.NONE, large);
    assertTrue(rounds.isOpen());
    long round = write();
    rounds.ended(large);
    turn();
    assertFalse(rounds.isOpen());
    rounds.ended(round);
    assertTrue(rounds.isOpen());
  }

  @Test
  void shouldNotCountAWriteThatDidNotWait() {
    long round = write();
    long aside = write();

    rounds.ended(aside);
    turn();

    assertFalse(rounds.isOpen());
    rounds.ended(round);
    turn();
    assertTrue(rounds.isOpen());
  }

  /** Agents of two homes wait, the round ends, and one home has had its turn; the next round. */
  private long oneOfTwoHomesHasCome() {
    long round = write();
    await("a");
    rounds.await(otherHome, () -> woken.add("c"), 1);
    rounds.ended(round);
    turn(checkpoints);
    turn(hops);
    return round + 1;
  }

  @Test
  void shouldBeOpenUntilAllWhoWaitedHaveComeToIt() {
    oneOfTwoHomesHasCome();

    long second = write();
    assertTrue(rounds.isOpen());
    assertEquals(second, rounds.begun(1_024, 1));
    turn(otherHops);

    assertFalse(rounds.isOpen());
    rounds.ended(second);
    assertFalse(rounds.isOpen());
    rounds.ended(second);
    assertTrue(rounds.isOpen());
  }

  @Test
  void shouldEndWithTheLastWhoComeToItIfItsWritesHaveEndedBefore() {
    long round = oneOfTwoHomesHasCome();

    rounds.ended(write());
    assertTrue(rounds.isOpen());
    assertEquals(round, rounds.begun(1_024, 1));
    rounds.ended(round);
    turn(otherHops);

    assertTrue(rounds.isOpen());
    assertEquals(round + 1, rounds.begun(1_024, 1));
  }

  @Test
  void shouldGatherAboutAsManyMessagesAsWereUnderWay() {
    long round = write(30);
    rounds.await(home, () -> woken.add("a"), 10);
    rounds.ended(round);
    turn();

    assertFalse(rounds.isOpen());
    rounds.await(otherHome, () -> woken.add("c"), 20);
    rounds.await(home, null, 4);
    assertFalse(rounds.isOpen());
    rounds.await(home, () -> woken.add("b"), 1);

    assertTrue(rounds.isOpen());
    assertEquals(1, hops.size());
    turn(hops);
    turn(otherHops);
    assertEquals(List.of("a", "b", "c"), woken);
  }

  @Test
  void shouldGatherNothingOfFewMessages() {
    long round = write(WriteRounds.MANY - 2);
    await("a");
    rounds.ended(round);
    turn();

    assertEquals(List.of("a"), woken);
  }

  @Test
  void shouldNotGatherForLongNorEverAgainWhatDoesNotCome() {
    gatherInVain();
    gatherInVain();
    Duration pause = WriteRounds.GATHERING_TIME.multipliedBy(WriteRounds.PAUSE);

    sim.runFor(pause.minus(WriteRounds.GATHERING_TIME.multipliedBy(2)));
    assertFalse(gathers());
    sim.runFor(WriteRounds.GATHERING_TIME.multipliedBy(2));
    gatherInVain();

    sim.runFor(pause);
    assertFalse(gathers());
    sim.runFor(pause);
    assertTrue(gathers());
  }

  @Test
  void shouldGatherAgainAtOnceAfterItWasWorthIt() {
    gatherInVain();
    rounds.ended(write(100));
    turn();
    rounds.await(home, () -> woken.add("b"), 100);
    turn();
    assertEquals(List.of("b"), woken);
    woken.clear();

    gatherInVain();
    assertTrue(gathers());
  }

  private boolean gathers() {
    rounds.ended(write(100));
    turn();
    return !rounds.isOpen();
  }

  private void gatherInVain() {
    long round = write(100);
    await("a");
    rounds.ended(round);
    turn();
    assertFalse(rounds.isOpen());

    sim.runFor(WriteRounds.GATHERING_TIME.multipliedBy(2));
    assertTrue(rounds.isOpen());
    turn();
    assertEquals(List.of("a"), woken);
    woken.clear();
  }

  @Test
  void shouldNotHaveWhoComesMuchLaterWaitForThoseWhoDidNot() {
    rounds.ended(write(100));
    sim.runFor(WriteRounds.GATHERING_TIME);

    await("a");

    turn(hops);
    assertEquals(List.of("a"), woken);
    assertTrue(rounds.isOpen());
  }
}
