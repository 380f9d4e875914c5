package dev.mabeam.consensus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.consensus.Registers.Verb;
import dev.mabeam.consensus.RoomWorld.Node;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.Unpacker;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConsensusTest {
  private final RoomWorld world = new RoomWorld(1);
  private long lastId;

  private static ErrorCode code(Future<?> future) {
    return assertInstanceOf(MabeamException.class, future.cause()).code();
  }

  private Future<Long> propose(Node node, Verb verb, String key, long a, long b) {
    Buffer command = Registers.command(++lastId, node.self.id(), verb, key, a, b);
    return node.decisions()
        .propose(Registers.NAME, command)
        .map(answer -> new Unpacker(answer).number());
  }

  private long add(Node node, String key, long amount) {
    return world.done("adding at " + node.name, propose(node, Verb.ADD, key, amount, 0));
  }

  private long read(Node node, String key) {
    world.done("a barrier at " + node.name, node.decisions().barrier(Duration.ofSeconds(3)));
    return node.registers.value(key);
  }

  @Test
  void shouldDecideAlone() {
    Node a = world.found("a");
    assertEquals("a#1", a.self.id());
    assertEquals(3, add(a, "x", 3));
    assertEquals(3, read(a, "x"));
    assertEquals(List.of("a#1"), a.consensus.status().voters());
    assertEquals("a#1", a.consensus.status().leader());
  }

  @Test
  void shouldDecideFromAnyNodeWhetherItVotesOrNot() {
    RoomWorld.of(world, 3, "a", "b", "c", "d", "e");
    long sum = 0;
    for (Node node : world.all()) {
      assertEquals(++sum, add(node, "x", 1));
      for (Node other : world.all()) {
        assertEquals(sum, read(other, "x"));
      }
    }
    assertEquals(List.of("a#1", "b#2", "c#3"), world.node("e").consensus.status().voters());
    assertEquals("a#1", world.node("e").consensus.status().leader());
    world.awaitEqual();
  }

  @Test
  void shouldTellTheProposerWhatTheMachineRefused() {
    RoomWorld.of(world, 1, "a", "b");
    Future<Long> refused = propose(world.node("b"), Verb.ADD, "refused", 1, 0);
    world.await("an answer", refused::isComplete);
    assertEquals(ErrorCode.INVALID, code(refused));
    assertEquals("as asked", ((MabeamException) refused.cause()).hint());
    Future<Buffer> unknown = world.node("b").decisions().propose("nothing", Buffer.buffer());
    world.await("an answer", unknown::isComplete);
    assertEquals(ErrorCode.NOT_FOUND, code(unknown));
  }

  @Test
  void shouldGoOnAfterTheLeaderDied() {
    RoomWorld.of(world, 3, "a", "b", "c", "d");
    Node d = world.node("d");
    assertEquals(1, add(d, "x", 1));
    world.sim.node("a").crash();
    Duration from = world.sim.elapsed();
    assertEquals(2, add(d, "x", 1));
    Duration gap = world.sim.elapsed().minus(from);
    assertTrue(gap.compareTo(Duration.ofMillis(1_500)) <= 0, () -> "" + gap);
    assertEquals(2, read(world.node("b"), "x"));
  }

  @Test
  void shouldRefuseForCertainWithoutAMajority() {
    RoomWorld.of(world, 3, "a", "b", "c", "d");
    add(world.node("d"), "x", 1);
    add(world.node("a"), "x", 1);
    for (String pair : List.of("ab", "ac", "db", "dc")) {
      world.sim.network().cut(pair.substring(0, 1), pair.substring(1));
    }
    world.sim.runFor(Duration.ofSeconds(4));
    for (String name : List.of("a", "d")) {
      Duration from = world.sim.elapsed();
      Future<Long> add = propose(world.node(name), Verb.ADD, "x", 10, 0);
      Future<Void> barrier = world.node(name).decisions().barrier(Duration.ofSeconds(2));
      world.await("answers", () -> add.isComplete() && barrier.isComplete());
      assertEquals(ErrorCode.INSUFFICIENT_CONSENSUS, code(add));
      assertEquals(ErrorCode.INSUFFICIENT_CONSENSUS, code(barrier));
      assertTrue(world.sim.elapsed().minus(from).compareTo(Duration.ofMillis(3_100)) < 0);
    }
    assertEquals(3, add(world.node("b"), "x", 1));
    world.sim.network().healAll();
    assertEquals(4, add(world.node("d"), "x", 1));
    assertEquals(4, read(world.node("a"), "x"));
  }

  @Test
  void shouldKeepLittleOfWhatWasDecidedAWhileAgo() {
    RoomWorld.of(world, 3, "a", "b", "c", "d");
    for (int i = 0; i < 40; i++) {
      add(world.node("d"), i + "x".repeat(50_000), 1);
    }
    world.awaitEqual();
    for (Node node : world.all()) {
      assertTrue(node.consensus.seat().recent().bytes() > 1_500_000, node::toString);
    }
    world.sim.runFor(Duration.ofSeconds(40));
    for (Node node : world.all()) {
      Recent recent = node.consensus.seat().recent();
      assertTrue(recent.bytes() <= 512 * 1024, () -> node + " keeps " + recent.bytes());
      assertTrue(recent.bytes() > 256 * 1024, () -> node + " keeps " + recent.bytes());
    }
  }

  @Test
  void shouldBatchWhatIsProposedAtOnce() {
    RoomWorld.of(world, 3, "a", "b", "c", "d");
    List<Future<Long>> all = new ArrayList<>();
    long before = world.node("d").consensus.replica().index();
    for (int i = 0; i < 200; i++) {
      all.add(propose(world.node("d"), Verb.ADD, "x", 1, 0));
    }
    for (Future<Long> one : all) {
      world.done("an addition", one);
    }
    assertEquals(200, read(world.node("c"), "x"));
    long entries = world.node("d").consensus.replica().index() - before;
    assertTrue(entries < 10, () -> entries + " entries");
  }

  @Test
  void shouldNumberIncarnationsOnceAndNeverAgain() {
    RoomWorld.of(world, 1, "a", "b", "c");
    Node a = world.node("a");
    Node b = world.node("b");
    assertEquals("b#2", world.done("b again", a.consensus.admit(b.applicant)).id());
    world.done("c to leave", a.consensus.leave("c#3"));
    Future<?> back = b.consensus.admit(world.node("c").applicant);
    world.await("an answer", back::isComplete);
    assertEquals(ErrorCode.STALE_EPOCH, code(back));
    world.sim.node("c").crash();
    world.start("c");
    world.awaitInside("c");
    assertEquals("c#4", world.node("c").self.id());
    world.awaitEqual();
  }

  @Test
  void shouldGiveANameToAnotherOnlyWhenItsHolderHasEnded() {
    RoomWorld.of(world, 1, "a", "b", "c");
    Node a = world.node("a");
    Node impostor = world.node("c");
    var applicant =
        new dev.mabeam.link.Member(
            "b", 0, impostor.address(), impostor.address(), impostor.address(), "other");
    Future<?> taken = a.consensus.admit(applicant);
    world.await("an answer", taken::isComplete);
    assertEquals(ErrorCode.CONFLICT, code(taken));
    world.sim.node("b").pause();
    Future<?> silent = a.consensus.admit(applicant);
    world.await("an answer", silent::isComplete);
    assertEquals(ErrorCode.UNAVAILABLE, code(silent));
    world.sim.node("b").crash();
    assertEquals("b#4", world.done("b", a.consensus.admit(applicant)).id());
    assertTrue(a.consensus.members().member("b#2").isEmpty());
  }

  @Test
  void shouldTellANodeThatItWasExpelledAndDecideNothingMoreForIt() {
    RoomWorld.of(world, 1, "a", "b", "c");
    Node b = world.node("b");
    add(b, "x", 1);
    world.done("the expulsion", world.node("a").consensus.expel("b#2", "a test"));
    world.await("b to hear", () -> b.expelled != null);
    assertEquals("a test", b.expelled);
    Future<Long> late = propose(b, Verb.ADD, "x", 1, 0);
    world.await("an answer", late::isComplete);
    assertEquals(ErrorCode.STALE_EPOCH, code(late));
    assertEquals(1, read(world.node("c"), "x"));
  }

  @Test
  void shouldFollowByAnImageWhenTheEntriesAreGone() {
    RoomWorld.of(world, 3, "a", "b", "c");
    Node a = world.node("a");
    for (int i = 0; i < 9_000; i++) {
      add(a, "x" + i % 7, 1);
    }
    world.start("d");
    world.awaitInside("d");
    assertEquals(add(a, "x0", 0), read(world.node("d"), "x0"));
    world.awaitEqual();
  }

  @Test
  void shouldTurnToAnotherSourceWhenItsOwnDies() {
    RoomWorld.of(world, 3, "a", "b", "c", "d", "e", "f");
    world.sim.node("b").powerOff();
    add(world.node("a"), "x", 1);
    world.await(
        "all observers to have it",
        () -> List.of("d", "e", "f").stream().allMatch(n -> world.node(n).registers.value("x") == 1));
  }

  @Test
  void shouldOpenANewSessionWhenTheOldOneHasExpired() {
    world.options = new ConsensusOptions(Duration.ofMinutes(1), 100);
    RoomWorld.of(world, 1, "a", "b");
    Node b = world.node("b");
    add(b, "x", 1);
    world.sim.runFor(Duration.ofMinutes(3));
    assertEquals(0, b.consensus.replica().sessions().size());
    assertEquals(2, add(b, "x", 1));
  }

  @Test
  void shouldTurnAwayWhatIsTooMuch() {
    world.options = new ConsensusOptions(Duration.ofHours(1), 100);
    RoomWorld.of(world, 1, "a", "b");
    List<Future<Long>> all = new ArrayList<>();
    for (int i = 0; i < 130; i++) {
      all.add(propose(world.node("b"), Verb.ADD, "x", 1, 0));
    }
    world.await("all answers", () -> all.stream().allMatch(Future::isComplete));
    List<Future<Long>> failed = all.stream().filter(Future::failed).toList();
    assertEquals(30, failed.size());
    assertEquals(ErrorCode.OVERLOADED, code(failed.get(0)));
    assertEquals(100, read(world.node("a"), "x"));
  }

  @Test
  void shouldStopACopyThatCannotApply() {
    Node a = world.found("a");
    Future<Buffer> poison = a.decisions().propose(Registers.NAME, Buffer.buffer("?"));
    world.await("an answer", poison::isComplete);
    assertEquals(ErrorCode.TIMEOUT, code(poison));
    assertTrue(a.consensus.replica().failed());
    Future<Long> next = propose(a, Verb.ADD, "x", 1, 0);
    world.await("an answer", next::isComplete);
    assertEquals(ErrorCode.INTERNAL, code(next));
  }

  @Test
  void shouldEndWhatIsUnderWayWhenItCloses() {
    RoomWorld.of(world, 1, "a", "b");
    Future<Long> add = propose(world.node("b"), Verb.ADD, "x", 1, 0);
    world.done("closing", world.node("b").consensus.close());
    world.await("an answer", add::isComplete);
    Future<Long> next = propose(world.node("b"), Verb.ADD, "x", 1, 0);
    world.await("an answer", next::isComplete);
    assertEquals(ErrorCode.UNAVAILABLE, code(next));
    world.done("closing again", world.node("b").consensus.close());
  }
}
