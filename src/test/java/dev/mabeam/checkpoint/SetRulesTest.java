package dev.mabeam.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.checkpoint.CheckpointStorm.Variant;
import dev.mabeam.checkpoint.CheckpointStorm.Whole;
import dev.mabeam.checkpoint.CheckpointWorld.Entry;
import dev.mabeam.checkpoint.CheckpointWorld.Machine;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/**
 * Every store of a set, or most of them: what each costs when a store pauses, and what it leaves to
 * the larger side of a cut. The choice is in docs/decisions/022.
 */
class SetRulesTest {
  private static final int KEYS = 60;

  /** A write is done when most have it; nobody is dropped, and most have to be sealed. */
  private static final class Majority extends Rules {
    static boolean most(List<String> stores, Predicate<String> has) {
      return 2 * stores.stream().filter(has).count() > stores.size();
    }

    @Override
    boolean written(CheckpointSet set, Predicate<String> has) {
      return most(set.stores(), has) && (set.previous().isEmpty() || most(set.previous(), has));
    }

    @Override
    boolean drops() {
      return false;
    }
  }

  private static final Whole EVERY = (set, sealed) -> set.isWholeIn(sealed.reached());
  private static final Whole MOST =
      (set, sealed) -> Majority.most(set.whole(), sealed.reached()::contains);

  /** The longest that a write took while another node was paused for three seconds. */
  private static Duration stall(Rules rules) {
    CheckpointWorld world = CheckpointWorld.of(rules, "a", "b", "c");
    world.decide("k", 1, "a", "a", "b", "c");
    world.sim.runFor(Duration.ofMillis(50));
    Writer writer = world.machine("a").open("k");
    world.done("the first", writer.write(text("e"), new StateWrite.Base(1, text("s"))));
    long[] longest = new long[1];
    List<Future<Void>> writes = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      world.sim.after(
          Duration.ofMillis(10L * i),
          () -> {
            long begun = world.sim.nanos();
            writes.add(
                writer
                    .write(text("e"), StateWrite.UNCHANGED)
                    .onSuccess(
                        done -> longest[0] = Math.max(longest[0], world.sim.nanos() - begun)));
          });
    }
    world.sim.after(Duration.ofMillis(500), world.machine("c").node::pause);
    world.sim.after(Duration.ofMillis(3_500), world.machine("c").node::resume);
    world.sim.runFor(Duration.ofSeconds(4));
    world.done("all of them", Future.join(List.copyOf(writes)));
    assertEquals(400, writes.size());
    return Duration.ofNanos(longest[0]);
  }

  private static Buffer text(String text) {
    return Buffer.buffer(text);
  }

  /** How many keys of a node on the smaller side of a cut the larger side can go on with. */
  private static int foundAcrossTheCut(Rules rules, Whole whole) {
    CheckpointWorld world = CheckpointWorld.of(rules, "a", "b", "c", "d", "e");
    Machine a = world.machine("a");
    world.sim.runFor(Duration.ofMillis(50));
    List<Future<Void>> writes = new ArrayList<>();
    for (int i = 0; i < KEYS; i++) {
      List<String> set = SetChooser.choose("k" + i, a.store.id(), world.stores.values());
      world.decide("k" + i, new Entry(1, a.id(), CheckpointSet.first(set)));
      writes.add(a.open("k" + i).write(text("e"), new StateWrite.Base(1, text("s"))));
    }
    world.done("the writes", Future.join(writes));
    for (String inside : List.of("a", "b")) {
      for (String outside : List.of("c", "d", "e", CheckpointWorld.DECIDER)) {
        world.sim.network().cut(inside, outside);
      }
    }
    int found = 0;
    for (int i = 0; i < KEYS; i++) {
      CheckpointSet set = world.set("k" + i);
      Sealed sealed =
          world.done("sealing", world.machine("cde".charAt(i % 3) + "").room.seal("k" + i, 2, set));
      found += whole.test(set, sealed) ? 1 : 0;
    }
    return found;
  }

  @Test
  void shouldStallForADropWhereMostWouldNotStall() {
    Duration every = stall(new Rules());
    Duration most = stall(new Majority());
    System.out.println("a paused store holds up a write for " + every + ", most: " + most);
    assertTrue(every.toMillis() >= 400 && every.toMillis() <= 800, every.toString());
    assertTrue(most.toMillis() <= 20, most.toString());
  }

  @Test
  void shouldFindEveryKeyOnTheLargerSideWhereMostWouldFindSome() {
    int every = foundAcrossTheCut(new Rules(), EVERY);
    int most = foundAcrossTheCut(new Majority(), MOST);
    System.out.println("found beyond a cut: " + every + " of " + KEYS + ", most: " + most);
    assertEquals(KEYS, every);
    assertTrue(most < KEYS * 3 / 4, "found " + most);
  }

  /** It is no less safe: only what it costs differs. */
  @Test
  void shouldFindWhatWasDoneUnderEitherRule() {
    for (long seed = 1; seed <= 25; seed++) {
      new CheckpointStorm(seed, new Variant(new Majority(), set -> set, MOST)).storm();
    }
  }

  @Test
  void shouldNotFindEverythingInFewerThanMostOfThem() {
    Set<String> tell = new TreeSet<>();
    for (long seed = 1; seed <= 40; seed++) {
      try {
        new CheckpointStorm(seed, new Variant(new Majority(), set -> set, EVERY)).storm();
      } catch (AssertionError expected) {
        tell.add(expected.getMessage());
      }
    }
    assertTrue(tell.stream().anyMatch(why -> why.contains("was not found")), tell.toString());
  }
}
