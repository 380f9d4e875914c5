package dev.mabeam.consensus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.consensus.LogWorld.Machine;
import dev.mabeam.disk.SimDisk;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

class LogTest {
  private static ErrorCode code(Future<?> future) {
    return assertInstanceOf(MabeamException.class, future.cause()).code();
  }

  @Test
  void shouldLeadAloneFromTheStart() {
    LogWorld world = new LogWorld(1);
    Machine a = world.found("a");
    world.await("a to lead", a::leads);
    long index = world.appended(a);
    assertEquals(index, a.applied);
    assertEquals(index, world.done("a read", a.log.readIndex()));
    assertEquals(List.of(a.endpoint), a.log.status().voters());
  }

  @Test
  void shouldBringEveryEntryToAllThree() {
    LogWorld world = LogWorld.of(1, "a", "b", "c");
    Machine a = world.machine("a");
    List<Future<Long>> appends = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      appends.add(world.append(a));
    }
    long last = 0;
    for (Future<Long> append : appends) {
      last = world.done("an append", append);
    }
    world.awaitAllApplied(last);
    assertEquals(3, a.log.status().voters().size());
    assertEquals(150, world.checker.acknowledged());
    assertEquals(a.endpoint, world.machine("c").log.status().leader());
  }

  @Test
  void shouldRefuseWhatIsNotForItAndSayWhoLeads() {
    LogWorld world = LogWorld.of(1, "a", "b", "c");
    Future<Long> append = world.append(world.machine("b"));
    world.await("an answer", append::isComplete);
    Log.NotLeader refusal = assertInstanceOf(Log.NotLeader.class, append.cause());
    assertEquals(world.machine("a").endpoint, refusal.leader());
    Future<Long> read = world.machine("b").log.readIndex();
    world.await("an answer", read::isComplete);
    assertInstanceOf(Log.NotLeader.class, read.cause());
  }

  @Test
  void shouldSayOverloadedWhenTooMuchIsPending() {
    LogWorld world = LogWorld.of(1, "a", "b", "c");
    List<Future<Long>> appends = new ArrayList<>();
    for (int i = 0; i < LogWorld.SETTINGS.maxPending() + 10; i++) {
      appends.add(world.append(world.machine("a")));
    }
    world.await("answers", () -> appends.stream().allMatch(Future::isComplete));
    assertEquals(10, appends.stream().filter(Future::failed).count());
    assertEquals(ErrorCode.OVERLOADED, code(appends.get(appends.size() - 1)));
  }

  @Test
  void shouldNotKnowWhatBecameOfEntriesWhenItIsCutOff() {
    LogWorld world = LogWorld.of(1, "a", "b", "c");
    Machine a = world.machine("a");
    world.sim.network().isolate("a");
    Future<Long> append = world.append(a);
    Future<Long> read = a.log.readIndex();
    world.await("an answer", () -> append.isComplete() && read.isComplete());
    assertEquals(ErrorCode.TIMEOUT, code(append));
    assertInstanceOf(Log.NotLeader.class, read.cause());
    Future<Long> next = world.append(a);
    world.await("an answer", next::isComplete);
    assertNull(assertInstanceOf(Log.NotLeader.class, next.cause()).leader());
  }

  @Test
  void shouldGoOnWithinASecondOfTheLeadersDeathAndTakeItBackAsAnother() {
    LogWorld world = LogWorld.of(1, "a", "b", "c");
    world.appended(world.machine("a"));
    world.sim.node("a").crash();
    Duration from = world.sim.elapsed();
    Machine next = world.awaitLeader();
    world.appended(next);
    Duration gap = world.sim.elapsed().minus(from);
    assertTrue(gap.compareTo(Duration.ofSeconds(1)) <= 0, () -> "" + gap);
    Machine a = world.machine("a");
    Endpoint old = a.endpoint;
    a.restart();
    assertTrue(!old.equals(a.endpoint));
    world.done(
        "the removal",
        next.log.change(old, Log.Change.REMOVE, next.log.status().configuration()));
    world.promote(next, a);
    world.awaitAllApplied(world.appended(next));
  }

  private static void appendWhileOneIsAway(LogWorld world) {
    Machine a = world.machine("a");
    world.sim.network().isolate("c");
    for (int i = 0; i < 350; i++) {
      world.appended(a);
    }
    world.sim.network().healAll();
    world.awaitAllApplied(world.appended(a));
  }

  @Test
  void shouldCatchUpWithAnImageWhenTheEntriesAreGone() {
    LogWorld world = LogWorld.of(1, "a", "b", "c");
    appendWhileOneIsAway(world);
    assertEquals(1, world.machine("c").restored);
  }

  @Test
  void shouldTakeAnImageInPlaceOfFewEntriesThatAreLong() {
    LogSettings settings = new LogSettings(50, 200, 1_000, 400);
    LogWorld world = new LogWorld(1, settings, node -> new MicroRaftLog.Rules());
    LogWorld.of(world, name -> LogStore::memory, "a", "b", "c");
    appendWhileOneIsAway(world);
    assertEquals(1, world.machine("c").restored, "an image that the leader had taken");
  }

  @Test
  void shouldHandOverItsLeadershipUnderLoad() {
    LogWorld world = LogWorld.of(1, "a", "b", "c");
    Machine a = world.machine("a");
    for (int i = 0; i < 20; i++) {
      world.append(a);
    }
    Future<Void> handed = a.log.transferTo(world.machine("b").endpoint);
    assertEquals(ErrorCode.OVERLOADED, code(world.append(a)));
    world.done("the transfer", handed);
    world.await("b to lead", world.machine("b")::leads);
    world.awaitAllApplied(world.appended(world.machine("b")));
    assertEquals(20 + 1, world.checker.acknowledged());
  }

  @Test
  void shouldFailATransferToOneThatDoesNotAnswer() {
    LogWorld world = LogWorld.of(1, "a", "b", "c");
    world.sim.node("b").pause();
    Future<Void> handed = world.machine("a").log.transferTo(world.machine("b").endpoint);
    world.await("an answer", handed::isComplete);
    assertEquals(ErrorCode.TIMEOUT, code(handed));
    world.appended(world.machine("a"));
  }

  @Test
  void shouldRefuseAChangeThatIsMeantForAnotherConfiguration() {
    LogWorld world = LogWorld.of(1, "a", "b");
    Machine a = world.machine("a");
    Machine c = world.join("c");
    Future<Long> stale = a.log.change(c.endpoint, Log.Change.ADD_LEARNER, 1);
    Future<Long> stranger =
        a.log.change(c.endpoint, Log.Change.PROMOTE, a.log.status().configuration());
    world.await("answers", () -> stale.isComplete() && stranger.isComplete());
    assertEquals(ErrorCode.CONFLICT, code(stale));
    assertEquals(ErrorCode.CONFLICT, code(stranger));
  }

  @Test
  void shouldLeaveOnceItHasHandedOverItsLeadership() {
    LogWorld world = LogWorld.of(1, "a", "b", "c");
    Machine a = world.machine("a");
    Machine b = world.machine("b");
    Future<Long> early =
        a.log.change(a.endpoint, Log.Change.REMOVE, a.log.status().configuration());
    assertEquals(ErrorCode.CONFLICT, code(early));
    world.done("the transfer", a.log.transferTo(b.endpoint));
    world.await("b to lead", b::leads);
    world.appended(b);
    Future<Long> notItsOwn =
        a.log.change(a.endpoint, Log.Change.REMOVE, a.log.status().configuration());
    assertInstanceOf(Log.NotLeader.class, notItsOwn.cause());
    world.change(b, a, Log.Change.REMOVE);
    world.await("a to be closed", () -> a.said.role() == Log.Role.CLOSED);
    world.appended(b);
    assertEquals(2, b.log.status().voters().size());
    Future<Long> append = world.append(a);
    world.await("an answer", append::isComplete);
    assertInstanceOf(Log.NotLeader.class, append.cause());
  }

  // ---- what it does not survive ----------------------------------------------------------------

  private static Supplier<LogStore> on(LogWorld world, SimDisk disk, String name) {
    return () -> {
      var scheduler = world.sim.node(name).scheduler();
      try {
        return ForcedStore.open(
            disk, LogWorld.GROUP, scheduler::execute, scheduler::execute);
      } catch (IOException unusable) {
        throw new UncheckedIOException(unusable);
      }
    };
  }

  @Test
  void shouldCloseWhenItsDiskIsFullAndComeBackWhenThereIsRoom() {
    Map<String, SimDisk> disks =
        Map.of("a", new SimDisk(), "b", new SimDisk(), "c", new SimDisk());
    LogWorld world = new LogWorld(1);
    LogWorld.of(world, name -> on(world, disks.get(name), name), "a", "b", "c");
    Machine a = world.machine("a");
    world.appended(a);
    disks.get("a").fillAfter(2_000);
    quietly(
        () -> {
          while (a.said.role() != Log.Role.CLOSED) {
            world.append(a);
            world.runFor(Duration.ofMillis(5));
          }
        });
    assertInstanceOf(Log.NotLeader.class, world.append(a).cause());
    Machine next = world.awaitLeader();
    world.appended(next);
    a.node.crash();
    disks.get("a").crash();
    disks.get("a").fillAfter(1_000_000);
    a.restart();
    world.awaitAllApplied(world.appended(next));
    assertEquals(a.endpoint, next.log.status().voters().get(0));
  }

  @Test
  void shouldCloseWhenAnEntryCannotBeApplied() {
    LogWorld world = LogWorld.of(1, "a", "b", "c");
    Machine c = world.machine("c");
    c.failsAt = c.applied + 3;
    quietly(
        () -> {
          for (int i = 0; i < 5; i++) {
            world.appended(world.machine("a"));
          }
          world.await("c to be closed", () -> c.said.role() == Log.Role.CLOSED);
        });
  }

  /** Without what a log says of its own end. */
  private static void quietly(Runnable task) {
    Logger logger = Logger.getLogger("dev.mabeam.consensus");
    logger.setLevel(Level.OFF);
    try {
      task.run();
    } finally {
      logger.setLevel(null);
    }
  }

  @Test
  void shouldCarryEntriesThatAreLargerThanAFrame() {
    LogWorld world = LogWorld.of(1, "a", "b", "c");
    Machine a = world.machine("a");
    Buffer large = Buffer.buffer(new byte[6 * 1024 * 1024]).setLong(0, 1_000_001);
    List<Future<Long>> appends = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      appends.add(a.log.append(large.copy().setLong(0, 1_000_001 + i)));
    }
    world.awaitAllApplied(world.done("the last", appends.get(3)));
  }
}
