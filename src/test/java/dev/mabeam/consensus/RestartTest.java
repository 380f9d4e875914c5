package dev.mabeam.consensus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.consensus.Registers.Verb;
import dev.mabeam.consensus.RoomWorld.Node;
import dev.mabeam.link.Unpacker;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Voters that keep their logs and start again: admitted by these, or by others, or by both. */
class RestartTest {
  private RoomWorld world;
  private long lastId;

  private void threeVoters(long seed) {
    world = new RoomWorld(seed);
    world.keepsLogs = true;
    RoomWorld.of(world, 3, "a", "b", "c");
    assertEquals(5, add("a", 5));
  }

  private long add(String at, long amount) {
    Node node = world.node(at);
    Buffer command = Registers.command(++lastId, node.self.id(), Verb.ADD, "x", amount, 0);
    Buffer answer =
        world.done("adding at " + at, node.decisions().propose(Registers.NAME, command));
    return new Unpacker(answer).number();
  }

  private void crash(String... names) {
    Stream.of(names).forEach(name -> world.node(name).crash());
  }

  private Endpoint endpoint(String name) {
    return world.node(name).endpoint();
  }

  private List<String> voters(String as) {
    return world.node(as).consensus.status().voters();
  }

  @Test
  void shouldGoOnWhenAllStartAtOnce() {
    threeVoters(1);
    List<Endpoint> before = Stream.of("a", "b", "c").map(this::endpoint).toList();
    crash("a", "b", "c");
    Stream.of("a", "b", "c").forEach(world::start);
    world.awaitInside("a", "b", "c");
    assertEquals(before, Stream.of("a", "b", "c").map(this::endpoint).toList());
    assertEquals(6, add("c", 1));
    assertEquals(
        List.of(4L, 5L, 6L),
        world.node("a").consensus.members().all().stream().map(m -> m.incarnation()).toList());
    world.awaitEqual();
  }

  @Test
  void shouldGoOnWithAMajorityHoweverLongTheFirstHasWaited() {
    threeVoters(2);
    crash("a", "b", "c");
    world.start("a");
    world.sim.runFor(Duration.ofSeconds(40));
    assertFalse(world.node("a").inside, "one of three has admitted itself");
    world.start("b");
    world.awaitInside("a", "b");
    assertEquals(6, add("b", 1));
    assertEquals(7, add("a", 1));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void shouldBeAdmittedOnceWhicheverWayComesFirst(long seed) {
    threeVoters(seed);
    Endpoint before = endpoint("c");
    crash("c");
    world.sim.runFor(Duration.ofMillis(100 * seed));
    world.start("c");
    world.awaitInside("c");
    assertEquals("c#4", world.node("c").self.id());
    world.sim.runFor(Duration.ofSeconds(10));
    assertEquals(4, world.node("a").consensus.replica().members().lastIncarnation());
    assertEquals(before, endpoint("c"));
    assertEquals(6, add("c", 1));
    world.awaitEqual();
  }

  @Test
  void shouldComeInByTheOthersWhenItsEndpointVotesNoMore() {
    threeVoters(3);
    Endpoint removed = endpoint("c");
    crash("c");
    world.change(removed, Log.Change.REMOVE);
    assertEquals(6, add("a", 1));
    world.start("c");
    world.awaitInside("c");
    assertEquals("c#4", world.node("c").self.id());
    assertEquals(7, add("c", 1));
    // Whichever way came off first, those who count have decided it, and its log counts no more.
    assertEquals(2, voters("c").size());
    assertFalse(voters("a").contains(removed.id()), () -> "" + world.all());
    world.awaitEqual();
    world.await("c to give up its log", () -> !removed.equals(endpoint("c")));
  }

  @Test
  void shouldDecideNothingWithAnEndpointThatWasRemoved() {
    threeVoters(4);
    Endpoint removed = endpoint("c");
    crash("c");
    world.change(removed, Log.Change.REMOVE);
    crash("a", "b");
    // Two of the three that c knows; one of the two that count.
    world.start("b");
    world.start("c");
    world.sim.runFor(Duration.ofSeconds(40));
    assertFalse(world.node("b").inside || world.node("c").inside, () -> "" + world.all());
    world.start("a");
    world.awaitInside("a", "b", "c");
    assertEquals(6, add("c", 1));
    assertTrue(voters("a").size() == 2, () -> "" + world.all());
    world.awaitEqual();
  }
}
