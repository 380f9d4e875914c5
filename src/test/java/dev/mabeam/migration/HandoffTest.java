package dev.mabeam.migration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.checkpoint.Checkpoint;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.event.ClusterEvent.AgentMigrated;
import dev.mabeam.migration.MoveWorld.Outcome;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The handoff on the production rooms, whatever fails at whatever step. */
class HandoffTest {
  private static final Duration LONG = Duration.ofSeconds(120);

  @Test
  void shouldMoveAnAgentWithItsState() {
    for (int bytes : new int[] {0, 1, 1_024, Cargo.CHUNK, Cargo.CHUNK + 1, 5_000_000}) {
      MoveWorld world = new MoveWorld(bytes + 1);
      Checkpoint state = MoveWorld.state(bytes);
      world.deploy("a", "n1", state);

      Move move = succeeds(world, world.node("n1").room.migrate("a", "n2"));

      assertEquals("n2#2", move.to());
      assertEquals(world.directory.get("a").epoch, move.epoch());
      assertEquals(Move.Stage.DONE, move.stage());
      assertEquals(List.of("n2"), world.serving("a"));
      Checkpoint there = world.node("n2").active.get("a").state;
      assertEquals(state.base(), there.base());
      assertEquals(state.envelope(), there.envelope());
      assertEquals(state.deltas(), there.deltas());
      assertEquals(3, there.stateVersion());
      assertEquals(1, world.begunWarm.get("a"));
      assertEquals(List.of("a to n2#2@" + move.epoch()), world.node("n1").forwarded);
      assertTrue(move.phases().flip() > 0 && move.phases().transfer() > 0, move.toString());
      assertEquals(List.of(), world.problems);
    }
  }

  @Test
  void shouldTellOfAMoveWhereItIsCarriedOut() {
    MoveWorld world = world();
    Move move = succeeds(world, world.node("n3").room.migrate("a", "n2"));

    AgentMigrated event = (AgentMigrated) world.node("n1").events.get(0);
    assertEquals("a", event.agent());
    assertEquals(move.epoch(), event.epoch());
    assertEquals(move.bytes(), event.bytes());
    assertEquals(1, world.node("n1").events.size());
    world.sim.runFor(Duration.ofSeconds(2));
    MigrationList seen = world.node("n2").room.list();
    assertEquals(List.of("a"), seen.recent().stream().map(Move::agent).toList());
    assertEquals(move.phases(), seen.recent().get(0).phases());
  }

  @Test
  void shouldCarryStatesWithoutAnything() {
    MoveWorld world = new MoveWorld(3);
    world.deploy("a", "n1", new Checkpoint(1, 1, null, 0, null, List.of()));
    succeeds(world, world.node("n1").room.migrate("a", "n2"));
    assertEquals(null, world.node("n2").active.get("a").state.base());
  }

  @Test
  void shouldRefuseWhatCannotBeMoved() {
    MoveWorld world = world();
    Migrations migrations = world.node("n3").room;
    fails(world, migrations.migrate("b", "n2"), ErrorCode.AGENT_NOT_FOUND);
    fails(world, migrations.migrate("a", "n9"), ErrorCode.NOT_FOUND);
    fails(world, migrations.migrate("a", "n1"), ErrorCode.ALREADY_ON_TARGET_NODE);
    fails(world, migrations.migrate("a", "n1#1"), ErrorCode.ALREADY_ON_TARGET_NODE);
    assertEquals(List.of("n1"), world.serving("a"));
  }

  @Test
  void shouldMoveAnAgentBackThoughTheCopyOfWhoeverIsAskedIsBehind() {
    MoveWorld world = world();
    world.node("n3").behind.put("a", world.directory.get("a").info());
    succeeds(world, world.node("n2").room.migrate("a", "n2"));
    assertEquals(List.of("n2"), world.serving("a"));
    assertEquals("n1#1", succeeds(world, world.node("n3").room.migrate("a", "n1")).to());
    assertEquals(List.of("n1"), world.serving("a"));
    fails(world, world.node("n3").room.migrate("a", "n1"), ErrorCode.ALREADY_ON_TARGET_NODE);
  }

  @Test
  void shouldRefuseTheSecondOfTwo() {
    MoveWorld world = world();
    world.depart = Duration.ofSeconds(1);
    Future<Move> first = world.node("n3").room.migrate("a", "n2");
    world.sim.runFor(Duration.ofMillis(100));
    fails(world, world.node("n2").room.migrate("a", "n3"), ErrorCode.MIGRATING);
    fails(world, world.node("n1").room.migrate("a", "n3"), ErrorCode.MIGRATING);
    succeeds(world, first);
    assertEquals(List.of("n2"), world.serving("a"));
  }

  @Test
  void shouldSayWhatWouldHappenAndDoNothing() {
    MoveWorld world = world();
    Foreseen free = succeeds(world, world.node("n3").room.foresee("a", "n2"));
    assertTrue(free.possible());
    assertEquals("n1#1", free.from());
    world.cordoned.put("n2#2", false);
    Foreseen refused = succeeds(world, world.node("n3").room.foresee("a", "n2"));
    assertEquals(ErrorCode.NO_SUITABLE_NODES, refused.obstacle().code());
    assertTrue(refused.obstacle().getMessage().contains("cordoned"));
    assertEquals(List.of("n1"), world.serving("a"));
    assertEquals(Map.of(), world.node("n2").reserved);
  }

  @Test
  void shouldGoOnAtTheSourceWhenTheTargetRefuses() {
    MoveWorld world = world();
    world.refuses.put("n2", new MabeamException(ErrorCode.NO_SUITABLE_NODES, "it is full"));
    String why = fails(world, migrate(world), ErrorCode.NO_SUITABLE_NODES);
    assertTrue(why.contains("it is full"), why);
    goesOnAtTheSource(world);
  }

  @Test
  void shouldGoOnWhenTheStateCannotBeHad() {
    MoveWorld world = world();
    world.departs =
        new MabeamException(ErrorCode.FAILED_TO_SERIALIZE, "snapshot() threw: no such field");
    String why = fails(world, migrate(world), ErrorCode.FAILED_TO_SERIALIZE);
    assertTrue(why.contains("no such field"), why);
    goesOnAtTheSource(world);
  }

  @Test
  void shouldGoOnWhenAMessageDoesNotEnd() {
    MoveWorld world = world();
    world.depart = Duration.ofSeconds(14);
    fails(world, migrate(world), ErrorCode.TIMEOUT);
    world.sim.runFor(Duration.ofSeconds(10));
    goesOnAtTheSource(world);
  }

  @Test
  void shouldGoOnWhenTheStartFailsAtTheTarget() {
    MoveWorld world = world();
    world.arrives.put(
        "n2", new MabeamException(ErrorCode.FAILED_TO_START_ON_TARGET, "restore: no such class"));
    String why = fails(world, migrate(world), ErrorCode.FAILED_TO_START_ON_TARGET);
    assertTrue(why.contains("no such class"), why);
    goesOnAtTheSource(world);
  }

  @Test
  void shouldGoOnWhenItCannotBeDecided() {
    MoveWorld world = world();
    world.outcomes.add(Outcome.NO_MAJORITY);
    fails(world, migrate(world), ErrorCode.INSUFFICIENT_CONSENSUS);
    goesOnAtTheSource(world);
  }

  @Test
  void shouldGoOnWhenTheTargetIsCordonedMeanwhile() {
    MoveWorld world = world();
    world.atStep =
        (node, step) -> {
          if (step == Step.FLIPPING) {
            world.cordoned.put("n2#2", false);
          }
        };
    fails(world, migrate(world), ErrorCode.CONFLICT);
    goesOnAtTheSource(world);
  }

  @Test
  void shouldFinishAFlipThatNobodyHeardOf() {
    MoveWorld world = world();
    world.outcomes.add(Outcome.UNHEARD);
    succeeds(world, migrate(world));
    assertEquals(List.of("n2"), world.serving("a"));
    assertEquals(1, world.node("n1").flips);
  }

  @Test
  void shouldProposeAgainUntilOneIsDecided() {
    MoveWorld world = world();
    world.outcomes.addAll(List.of(Outcome.LOST, Outcome.NO_MAJORITY, Outcome.LOST));
    succeeds(world, migrate(world));
    assertEquals(List.of("n2"), world.serving("a"));
    assertEquals(4, world.node("n1").flips);
  }

  @Test
  void shouldStayPausedWhileNobodyKnows() {
    MoveWorld world = world();
    world.outcomes.add(Outcome.UNHEARD);
    world.readable = false;
    Future<Move> move = migrate(world);
    world.sim.runFor(Duration.ofSeconds(20));
    assertFalse(move.isComplete());
    assertEquals(List.of(), world.node("n1").resumed);
    world.readable = true;
    succeeds(world, move);
  }

  @Test
  void shouldNotGoBackWhileALateFlipMayBeDecided() {
    MoveWorld world = world();
    world.outcomes.addAll(List.of(Outcome.LATE, Outcome.NO_MAJORITY));
    succeeds(world, migrate(world));
    world.sim.runFor(Duration.ofSeconds(10));
    assertEquals(List.of(), world.problems);
    assertEquals(List.of("n2"), world.serving("a"));
  }

  @Test
  void shouldGoBackOnceALateFlipIsVoid() {
    MoveWorld world = world();
    world.outcomes.add(Outcome.LATE);
    world.sim.after(
        Duration.ofMillis(35),
        () -> {
          if (world.node("n1").flips == 1) {
            world.expel("n2");
          }
        });
    fails(world, migrate(world), ErrorCode.UNAVAILABLE);
    world.sim.runFor(Duration.ofSeconds(10));
    assertEquals(List.of(), world.problems);
    assertEquals(List.of("n1"), world.serving("a"));
  }

  @Test
  void shouldCatchASourceThatResumesAfterAnUnknownFlip() {
    MoveWorld world = new MoveWorld(11, new Handoff.Rules(false, true));
    world.deploy("a", "n1", MoveWorld.state(1_000));
    world.outcomes.add(Outcome.LATE);
    fails(world, migrate(world), ErrorCode.TIMEOUT);
    world.sim.runFor(Duration.ofSeconds(10));
    assertEquals(1, world.problems.size(), world.problems.toString());
  }

  @Test
  void shouldNotGoOnFromLessThanWasCommitted() {
    MoveWorld world = world();
    world.atStep =
        (node, step) -> {
          if (step == Step.FLIPPING) {
            // A store has something newer than was carried over.
            Checkpoint newest = world.stores.get("a");
            world.stores.put(
                "a",
                new Checkpoint(
                    newest.epoch(), 77, newest.envelope(), 3, Buffer.buffer("x"), List.of()));
          }
        };
    migrate(world);
    assertTrue(world.sim.runUntil(() -> world.serving("a").equals(List.of("n2")), LONG));
    assertEquals(78, world.node("n2").active.get("a").state.position());
    assertEquals(1, world.begunCold.get("a"));
  }

  @Test
  void shouldCarryTheStateOverALineThatLosesFrames() {
    for (int seed = 1; seed <= 20; seed++) {
      MoveWorld world = new MoveWorld(seed);
      Checkpoint state = MoveWorld.state(2_000_000);
      world.deploy("a", "n1", state);
      world.atStep =
          (node, step) -> {
            if (step == Step.PAUSED) {
              world.sim.network().setLoss(0.2);
            } else if (step == Step.RECEIVED) {
              world.sim.network().calm();
            }
          };
      Future<Move> move = migrate(world);
      assertTrue(world.sim.runUntil(move::isComplete, LONG), "seed " + seed);
      if (move.succeeded()) {
        assertEquals(state.base(), world.node("n2").active.get("a").state.base());
      } else {
        assertEquals(List.of("n1"), world.serving("a"), "seed " + seed);
      }
    }
  }

  @Test
  void shouldDoNothingTwiceWhenMessagesComeTwiceAndLate() {
    int moved = 0;
    for (int seed = 1; seed <= 60; seed++) {
      MoveWorld world = new MoveWorld(seed);
      world.deploy("a", "n1", MoveWorld.state(10_000));
      world.sim.network().setDuplication(0.4).setLateness(0.3, Duration.ofMillis(800));
      Future<Move> move = world.node("n3").room.migrate("a", "n2");
      assertTrue(world.sim.runUntil(move::isComplete, LONG), "seed " + seed);
      world.sim.network().calm();
      world.sim.runFor(Duration.ofSeconds(60));
      moved += move.succeeded() ? 1 : 0;
      assertEquals(1, world.serving("a").size(), "seed " + seed);
      assertEquals(List.of(), world.problems, "seed " + seed);
    }
    assertTrue(moved > 50, moved + " of 60 moved");
  }

  /** Each node dies at each step; then its death is decided, and recovery places what it had. */
  @Test
  void shouldLoseNothingWhoeverDiesAtWhicheverStep() {
    Map<String, Integer> hit = new TreeMap<>();
    for (Step step : Step.values()) {
      for (String victim : List.of("n1", "n2", "n3")) {
        for (boolean after : new boolean[] {false, true}) {
          die(step, victim, after, hit);
        }
      }
    }
    assertEquals(Step.values().length * 3, hit.size(), hit.toString());
  }

  private void die(Step step, String victim, boolean after, Map<String, Integer> hit) {
    String what = victim + " dies at " + step + (after ? ", a moment later" : "");
    MoveWorld world = new MoveWorld(step.ordinal() * 7L + (after ? 1 : 0));
    world.deploy("a", "n1", MoveWorld.state(300_000));
    world.commit("a");
    world.commit("a");
    long committed = world.stores.get("a").position();
    List<Step> seen = new ArrayList<>();
    world.atStep =
        (node, at) -> {
          if (at == step && !seen.contains(step)) {
            seen.add(at);
            hit.merge(victim + " " + step, 1, Integer::sum);
            Runnable death = () -> world.node(victim).machine.crash();
            if (after) {
              world.sim.after(Duration.ofMillis(1), death);
            } else {
              death.run();
            }
            world.sim.after(Duration.ofSeconds(3), () -> world.expel(victim));
            world.sim.after(
                Duration.ofSeconds(4), () -> world.recover(victim.equals("n3") ? "n1" : "n3"));
          }
        };
    Future<Move> move = world.node("n3").room.migrate("a", "n2");
    world.sim.runFor(Duration.ofSeconds(90));

    assertEquals(List.of(step), seen, what);
    assertEquals(1, world.serving("a").size(), what);
    assertEquals(List.of(), world.problems, what);
    String at = world.serving("a").get(0);
    assertTrue(world.node(at).active.get("a").state.position() > committed - 1, what);
    assertTrue(world.commit("a"), what);
    if (!victim.equals("n3")) {
      assertTrue(move.isComplete(), what);
    } else {
      assertEquals("n2", at, what);
    }
    for (MoveWorld.Node node : world.nodes.values()) {
      if (node.machine.up()) {
        assertEquals(Map.of(), node.warm, what + ": kept at " + node.name);
      }
    }
  }

  @Test
  void shouldBeRecoveredFromWhatTheTargetHasAlready() {
    MoveWorld world = world();
    world.atStep =
        (node, step) -> {
          if (step == Step.RESTORED) {
            world.node("n1").machine.crash();
            world.sim.after(Duration.ofSeconds(2), () -> world.expel("n1"));
            world.sim.after(Duration.ofSeconds(3), () -> world.recover("n2"));
          }
        };
    world.node("n3").room.migrate("a", "n2");
    world.sim.runFor(Duration.ofSeconds(30));
    assertEquals(List.of("n2"), world.serving("a"));
    assertEquals(1, world.begunWarm.get("a"));
  }

  @Test
  void shouldTellWhoeverAskedWhatBecameOfIt() {
    MoveWorld world = world();
    world.atStep =
        (node, step) -> {
          if (step == Step.FORWARDED) {
            world.node("n1").machine.crash();
            world.sim.after(Duration.ofSeconds(3), () -> world.expel("n1"));
          }
        };
    Move move = succeeds(world, world.node("n3").room.migrate("a", "n2"));
    assertEquals(world.directory.get("a").epoch, move.epoch());
  }

  @Test
  void shouldMoveManyAFewAtATime() {
    MoveWorld world = new MoveWorld(5);
    List<Future<Move>> moves = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      world.deploy("a" + i, "n1", MoveWorld.state(100));
      moves.add(world.node("n1").room.migrate("a" + i, "n2"));
    }
    world.sim.runUntil(() -> world.node("n1").flips > 0, LONG);
    MigrationList[] most = {null};
    world.sim.runUntil(
        () -> {
          most[0] = world.node("n1").room.list();
          return most[0].queued() > 0;
        },
        LONG);
    assertEquals(MigrationRoom.MOST_AT_A_TIME, most[0].running().size());
    assertTrue(world.sim.runUntil(() -> moves.stream().allMatch(Future::succeeded), LONG));
    assertTrue(
        world.node("n1").events.size() <= 20 * (int) (1 + world.sim.elapsed().toSeconds()),
        world.node("n1").events.size() + " events");
  }

  /** Moves are remembered for a while, and with large states that would be all the memory. */
  @Test
  void shouldKeepNoStateOfAMoveThatIsOver() {
    MoveWorld world = new MoveWorld(13);
    world.deploy("a", "n1", MoveWorld.state(300_000));
    WeakReference<Buffer> atFirst =
        new WeakReference<>(world.node("n1").active.get("a").state.base());
    succeeds(world, migrate(world));
    WeakReference<Buffer> between =
        new WeakReference<>(world.node("n2").active.get("a").state.base());
    succeeds(world, world.node("n2").room.migrate("a", "n3"));

    world.sim.runFor(Duration.ofSeconds(2));
    assertEquals(2, world.node("n1").room.list().recent().size());
    assertTrue(isCollected(atFirst), "the first source keeps it");
    assertTrue(isCollected(between), "the first target keeps it");
    assertNotNull(world.node("n3").active.get("a").state.base());
  }

  private static boolean isCollected(WeakReference<?> reference) {
    for (int i = 0; i < 20 && reference.get() != null; i++) {
      System.gc();
    }
    return reference.get() == null;
  }

  private static MoveWorld world() {
    MoveWorld world = new MoveWorld(7);
    world.deploy("a", "n1", MoveWorld.state(1_000));
    return world;
  }

  private static Future<Move> migrate(MoveWorld world) {
    return world.node("n1").room.migrate("a", "n2");
  }

  /** As if nothing had been, and nothing is kept at the target. */
  private static void goesOnAtTheSource(MoveWorld world) {
    world.sim.runFor(Duration.ofSeconds(1));
    assertEquals(List.of("n1"), world.serving("a"));
    assertTrue(world.commit("a"));
    assertEquals(Map.of(), world.node("n2").warm);
    assertEquals(Map.of(), world.node("n2").reserved);
    assertEquals(List.of(), world.node("n1").forwarded);
    assertEquals(List.of(), world.problems);
    world.refuses.clear();
    world.departs = null;
    world.arrives.clear();
    world.cordoned.clear();
    world.depart = Duration.ofMillis(1);
    world.atStep = (node, step) -> {};
    succeeds(world, migrate(world));
    assertEquals(List.of("n2"), world.serving("a"));
  }

  static <T> T succeeds(MoveWorld world, Future<T> future) {
    assertTrue(world.sim.runUntil(future::isComplete, LONG), "it did not end");
    if (future.failed()) {
      throw new AssertionError("it failed: " + future.cause(), future.cause());
    }
    return future.result();
  }

  static String fails(MoveWorld world, Future<?> future, ErrorCode code) {
    assertTrue(world.sim.runUntil(future::isComplete, LONG), "it did not end");
    assertNotNull(future.cause(), "it succeeded: " + future.result());
    assertEquals(code, MabeamException.of(future.cause()).code(), future.cause().toString());
    return future.cause().getMessage();
  }
}
