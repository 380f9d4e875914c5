package dev.mabeam.variable.sync;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.bus.Bus;
import dev.mabeam.testing.sim.SimBus;
import dev.mabeam.testing.sim.SimNode;
import dev.mabeam.testing.sim.Simulation;
import dev.mabeam.time.HybridTime;
import dev.mabeam.variable.SyncStrategy;
import dev.mabeam.variable.version.Siblings;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * One update among ever more replicas, by gossip alone: after how many rounds the last one has it,
 * and how many messages that takes. Anti-entropy is left out, so that it cannot help.
 */
class GossipCurveTest {
  private static final int[] SIZES = {8, 16, 32, 64, 128, 256, 512, 1_024};
  private static final int[] LARGE = {2_048, 4_096};

  @Test
  void shouldReachAllInRoundsThatGrowAsTheLogarithm() {
    requireCurve(SIZES, 3);
  }

  @Test
  @Tag("long")
  void shouldReachThousandsInRoundsThatGrowAsTheLogarithm() {
    requireCurve(LARGE, 2);
  }

  private static void requireCurve(int[] sizes, int seeds) {
    System.out.println(
        "replicas  rounds  told in  ms as it is  messages/update  of n(ln n + 3)  missed");
    for (int size : sizes) {
      List<Outcome> inRounds = new ArrayList<>();
      List<Outcome> asItIs = new ArrayList<>();
      for (long seed = 1; seed <= seeds; seed++) {
        inRounds.add(spread(size, seed, Gossip.ROUND));
        asItIs.add(spread(size, seed, Gossip.SOON));
      }
      double rounds = inRounds.stream().mapToDouble(Outcome::rounds).average().orElseThrow();
      double millis = asItIs.stream().mapToDouble(o -> o.nanos / 1e6).average().orElseThrow();
      double messages = asItIs.stream().mapToLong(o -> o.messages).average().orElseThrow();
      double theory = size * (Math.log(size) + 3);
      int missed = asItIs.stream().mapToInt(o -> o.missed).sum();
      missed += inRounds.stream().mapToInt(o -> o.missed).sum();
      System.out.printf(
          "%8d  %6.1f  %7d  %11.0f  %15.0f  %14.2f  %6d%n",
          size, rounds, Gossip.rounds(size), millis, messages, messages / theory, missed);
      assertTrue(rounds <= Gossip.rounds(size) + 1, size + " replicas took " + rounds + " rounds");
      assertTrue(messages <= 1.5 * theory, size + " replicas took " + messages + " messages");
      // What is missed now and then is what anti-entropy is for.
      assertTrue(missed <= Math.max(2, size * seeds / 500), missed + " of " + size + " missed");
    }
  }

  /** The time until the last of those that were reached was. */
  private record Outcome(long nanos, long messages, int missed) {
    double rounds() {
      return Math.ceil(nanos / (double) Gossip.ROUND.toNanos());
    }
  }

  private static Outcome spread(int size, long seed, Duration soon) {
    Simulation sim = new Simulation(seed);
    List<String> ids = IntStream.range(0, size).mapToObj(i -> "n" + i).toList();
    List<One> all = ids.stream().map(id -> new One(sim.start(id), ids, soon)).toList();
    all.get(0).write();
    sim.runFor(Gossip.ROUND.multipliedBy(Gossip.rounds(size) + 30L));
    long last = all.stream().mapToLong(one -> one.atNanos).max().orElseThrow();
    int missed = (int) all.stream().filter(one -> one.atNanos < 0).count();
    all.forEach(one -> assertTrue(one.gossip.isQuiet(), "it ends"));
    return new Outcome(last, all.stream().mapToLong(one -> one.sent).sum(), missed);
  }

  /** A replica of one variable. */
  private static final class One implements Held {
    private final SimNode host;
    private final List<String> others;
    private final Gossip gossip;
    private Siblings state = Siblings.NONE;
    private long atNanos = -1;
    private long sent;

    One(SimNode host, List<String> all, Duration soon) {
      this.host = host;
      List<String> others = new ArrayList<>(all);
      others.remove(host.name());
      this.others = List.copyOf(others);
      Bus bus = SimBus.of(host);
      Channel channel = new Channel(host.name(), bus, (kind, bytes) -> sent++);
      Lines lines = new Lines(channel, this, host.scheduler());
      gossip = new Gossip(lines, this, host.scheduler(), host.random(), soon);
      lines.listen(gossip::told);
      bus.serve(Channel.address(host.name()), this::pushed);
    }

    void write() {
      state = state.write("s", HybridTime.ZERO, "x");
      atNanos = 0;
      gossip.written("v", 0);
    }

    private Future<JsonObject> pushed(JsonObject message) {
      JsonArray known = new JsonArray();
      for (Messages.Received received : Messages.states(message)) {
        if (join(received.name(), received.state(), true) == Joined.KNOWN) {
          known.add(received.name());
        } else {
          gossip.arrived(received.name(), message.getString("from"));
        }
      }
      return Future.succeededFuture(new JsonObject().put("known", known));
    }

    @Override
    public Keyed keyed(String name) {
      return new Keyed() {
        @Override
        public String key() {
          return name;
        }

        @Override
        public boolean isKey(String key) {
          return key.equals(name);
        }
      };
    }

    @Override
    public Kept kept(String name) {
      return new Kept(state, true);
    }

    @Override
    public SyncStrategy strategy(String name) {
      return SyncStrategy.GOSSIP;
    }

    @Override
    public String master(String name) {
      return "n0";
    }

    @Override
    public boolean awaits(String name) {
      return false;
    }

    @Override
    public Joined join(String name, Siblings other, boolean counts) {
      if (state.seen().containsAll(other.seen())) {
        return Joined.KNOWN;
      }
      state = state.join(other);
      atNanos = host.scheduler().nanos();
      return Joined.NEWS;
    }

    @Override
    public List<String> others(String name) {
      return others;
    }
  }

  /** The rule that the essay tells, in figures. */
  @Test
  void shouldTellInAsManyRoundsAsItSays() {
    Map<Integer, Integer> rounds = new TreeMap<>();
    for (int replicas : new int[] {2, 3, 8, 64, 4_096}) {
      rounds.put(replicas, Gossip.rounds(replicas));
    }
    assertTrue(rounds.equals(Map.of(2, 3, 3, 4, 8, 5, 64, 7, 4_096, 11)), rounds.toString());
  }
}
