package dev.mabeam.variable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.testing.sim.Seeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random writes under random faults, then calm: all replicas are equal, and what was acknowledged
 * and survived is in them.
 */
class ConvergenceSimTest {
  private static final int SAMPLE = 12;
  private static final int ALL = 600;
  private static final int[] SIZES = {3, 5, 9};
  private static final SimVariables.Kind[] KINDS = SimVariables.Kind.values();
  private static final SyncStrategy[] SYNCS = {
    SyncStrategy.GOSSIP, SyncStrategy.LEADER_FOLLOWER, SyncStrategy.MULTI_MASTER,
    SyncStrategy.BLOCKCHAIN
  };
  private static final Duration SKEW = Duration.ofSeconds(30);
  private static final SimStorm.Fault[] FAULTS = {
    SimStorm.Fault.CRASH_OR_START, SimStorm.Fault.PAUSE, SimStorm.Fault.RESUME,
    SimStorm.Fault.ISOLATE, SimStorm.Fault.CUT_ONE_WAY, SimStorm.Fault.SPLIT,
    SimStorm.Fault.EXPEL_IF_SILENT, SimStorm.Fault.HEAL_AND_SKEW
  };
  private static final int[] FACTORS = {0, 2, 3, 3};

  static LongStream sample() {
    return LongStream.rangeClosed(1, SAMPLE);
  }

  static LongStream all() {
    return LongStream.rangeClosed(SAMPLE + 1, ALL);
  }

  @ParameterizedTest
  @MethodSource("sample")
  void shouldConvergeAfterRandomFaults(long seed) {
    new Run(seed, new SimVariables.Broken()).play();
  }

  @Test
  @Tag("long")
  void shouldConvergeAfterRandomFaultsInHundredsOfSeeds() {
    long[] counts = new long[3];
    all()
        .forEach(
            seed -> {
              Run run = new Run(seed, new SimVariables.Broken());
              run.play();
              counts[0] += run.cluster.writes.size();
              counts[1] += run.cluster.writes.stream().filter(w -> w.acknowledged()).count();
              counts[2] += run.cluster.writes.stream().filter(w -> w.lost).count();
            });
    System.out.printf(
        "convergence: %d seeds, %d writes, %d acknowledged, %d lost with all their stores%n",
        ALL - SAMPLE, counts[0], counts[1], counts[2]);
  }

  @Test
  void shouldRepairByComparingWhatGossipCouldNotTell() {
    writeWhileOneIsCutOff(new SimVariables.Broken());
    AssertionError found =
        assertThrows(
            AssertionError.class,
            () -> writeWhileOneIsCutOff(SimVariables.Broken.withoutAntiEntropy()));
    assertTrue(found.getMessage().contains("replicas differ"), found.getMessage());
  }

  private static void writeWhileOneIsCutOff(SimVariables.Broken broken) {
    SimVariables cluster = new SimVariables(1, 3, broken);
    cluster.distribute("n1", "v", 3);
    cluster.awaitQuiet();
    cluster.sim.network().isolate("n3");
    cluster.set("n1", "v", "k", 1, WriteOptions.MAJORITY);
    cluster.sim.runFor(Duration.ofSeconds(5));
    cluster.sim.network().healAll();
    cluster.sim.runFor(Duration.ofSeconds(7));
    cluster.requireConvergence();
  }

  @Test
  void shouldCatchAMergeThatDependsOnTheOrderOfArrival() {
    requireCaught(() -> SimVariables.Broken.lastArrivedWins(), "replicas differ");
  }

  @Test
  void shouldNotGiveADotTwiceAfterACrash() {
    writeTheSameDotTwice(new SimVariables.Broken());
    AssertionError found =
        assertThrows(
            AssertionError.class,
            () -> writeTheSameDotTwice(SimVariables.Broken.sameStoreAgain()));
    assertTrue(found.getMessage().contains("not converged"), found.getMessage());
  }

  /** What n1 wrote is known to n2 alone when n1 comes back and learns from n3. */
  private static void writeTheSameDotTwice(SimVariables.Broken broken) {
    SimVariables cluster = new SimVariables(1, 3, broken);
    cluster.distribute("n3", "v", 3);
    cluster.awaitQuiet();
    cluster.sim.network().cut("n1", "n3");
    cluster.sim.network().cut("n2", "n3");
    SimVariables.Write first = cluster.set("n1", "v", "k", 1, WriteOptions.MAJORITY);
    cluster.await(first::acknowledged, "the first write is on n1 and n2");
    cluster.crash("n1");
    cluster.expel(cluster.node("n1"));
    cluster.node("n2").host.pause();
    cluster.sim.network().healAll();
    SimVariables.Node again = cluster.start("n1");
    cluster.await(() -> again.store.get("v") != null && again.copy.isCaughtUp(), "n1 is in again");
    cluster.await(() -> again.room.isQuiet(), "n1 is filled");
    SimVariables.Write second = cluster.set("n1", "v", "k", 2, WriteOptions.ONE);
    cluster.await(second::acknowledged, "the second write is on n1");
    cluster.node("n2").host.resume();
    cluster.sim.runFor(Duration.ofSeconds(7));
    cluster.requireConvergence();
  }

  @Test
  void shouldRememberWhomItCouldNotTell() {
    // By hints alone, by comparing alone, and by neither.
    tellOneThatWasAway(SimVariables.Broken.withoutAntiEntropy());
    tellOneThatWasAway(new SimVariables.Broken().withoutHints());
    AssertionError found =
        assertThrows(
            AssertionError.class,
            () -> tellOneThatWasAway(SimVariables.Broken.withoutAntiEntropy().withoutHints()));
    assertTrue(found.getMessage().contains("replicas differ"), found.getMessage());
  }

  /** Some of what n1 writes cannot reach n3, and nobody writes any more when it can. */
  private static void tellOneThatWasAway(SimVariables.Broken broken) {
    SimVariables cluster = new SimVariables(1, 3, broken);
    for (SyncStrategy sync : List.of(SyncStrategy.MULTI_MASTER, SyncStrategy.LEADER_FOLLOWER)) {
      cluster.distribute("n1", sync.word(), SimVariables.Kind.MAP_BY_KEY, sync, 3);
    }
    cluster.awaitQuiet();
    cluster.sim.network().isolate("n3");
    for (int i = 0; i < 5; i++) {
      cluster.set("n1", "multi_master", "k", 1, WriteOptions.MAJORITY);
      cluster.set("n1", "leader_follower", "k", 1, WriteOptions.MAJORITY);
      cluster.sim.runFor(Duration.ofSeconds(1));
    }
    cluster.sim.network().healAll();
    cluster.sim.runFor(Duration.ofSeconds(7));
    cluster.requireConvergence();
  }

  @Test
  void shouldKeepWhatADeposedMasterHadNotPushed() {
    SimVariables cluster = SimVariables.of(1, 3);
    cluster.distribute("n1", "v", SimVariables.Kind.VECTOR_CLOCKS, SyncStrategy.LEADER_FOLLOWER, 3);
    cluster.awaitQuiet();
    cluster.sim.network().setLoss(1);
    SimVariables.Write before = cluster.set("n1", "v", "unpushed");
    cluster.await(before::acknowledged, "the master has taken it");
    cluster.sim.network().setLoss(0).isolate("n1");
    cluster.expel(cluster.node("n1"));
    cluster.await(() -> !cluster.master("n2", "v").startsWith("n1"), "another is master");
    SimVariables.Write after = cluster.set("n3", "v", "meanwhile");
    cluster.await(after::acknowledged, "the new master has taken one");
    cluster.sim.network().healAll();
    cluster.rejoin("n1");
    cluster.sim.runFor(Duration.ofSeconds(7));
    cluster.awaitQuiet();
    for (Replica replica : cluster.replicas("v")) {
      List<Object> all = new ArrayList<>(replica.view().siblings());
      all.add(replica.view().value());
      assertEquals(Set.of("unpushed", "meanwhile"), Set.copyOf(all));
    }
  }

  @Test
  void shouldCatchWritesThatAnotherThanTheMasterTook() {
    requireCaught(() -> SimVariables.Broken.everyReplicaTakesWrites(), "never its master");
  }

  @Test
  void shouldCatchAcknowledgementsThatNobodyGave() {
    requireCaught(
        () -> SimVariables.Broken.acknowledgesWithoutTaking(), "acknowledged, but");
  }

  /** At least a quarter of the seeds have to tell. */
  private static void requireCaught(Supplier<SimVariables.Broken> broken, String why) {
    Caught.require(SAMPLE / 4, SAMPLE, why, seed -> new Run(seed, broken.get()).play());
  }

  /** One run of one seed. */
  static final class Run {
    final SimVariables cluster;
    private final RandomGenerator random;
    private final SimStorm storm;
    private final List<Owner> owners = new ArrayList<>();

    /** Whoever owns a key: writes its slice, one write after the other. */
    private final class Owner {
      private final String variable;
      private final String key;
      private String node;
      private long epoch = 1;
      private String stay;
      private SimVariables.Write last;

      Owner(String variable, String key) {
        this.variable = variable;
        this.key = key;
        this.node = storm.anyName();
        this.stay = cluster.node(node).id;
      }

      void write() {
        boolean again = !cluster.node(node).id.equals(stay);
        boolean free = last == null || last.acknowledged() || last.failure != null;
        if (again || random.nextInt(40) == 0) {
          // It moves, as an agent does, or its node came back; the one before may still be writing.
          node = storm.anyName();
          stay = cluster.node(node).id;
          epoch++;
          last = null;
          return;
        }
        if (!free) {
          return;
        }
        if (cluster.node(node).host.up()) {
          String acks = random.nextInt(3) == 0 ? WriteOptions.MAJORITY : WriteOptions.ONE;
          last = cluster.set(node, variable, key, epoch, acks);
        }
      }
    }

    private final SyncStrategy[] syncs;

    Run(long seed, SimVariables.Broken broken) {
      this(seed, broken, SYNCS);
    }

    Run(long seed, SimVariables.Broken broken, SyncStrategy... syncs) {
      this.syncs = syncs;
      random = Seeds.random(seed);
      int size = SIZES[random.nextInt(SIZES.length)];
      cluster = new SimVariables(seed, size, broken);
      storm = new SimStorm(cluster, random, SKEW, FAULTS).unnoticedFor(Duration.ofSeconds(4));
      int variables = 2 + random.nextInt(4);
      for (int i = 0; i < variables; i++) {
        String name = "v" + i;
        distribute(name, SimVariables.Kind.MAP_BY_KEY);
        owners.add(new Owner(name, "a"));
        owners.add(new Owner(name, "b"));
      }
      for (int i = 0; i < 2; i++) {
        SimVariables.Kind kind = KINDS[1 + random.nextInt(KINDS.length - 1)];
        distribute("w" + i, kind);
      }
    }

    private void distribute(String name, SimVariables.Kind kind) {
      SyncStrategy sync = syncs[random.nextInt(syncs.length)];
      int factor = FACTORS[random.nextInt(FACTORS.length)];
      cluster.distribute(storm.anyName(), name, kind, sync, factor);
    }

    void play() {
      cluster.naming(this::playThrough);
    }

    private void playThrough() {
      storm.begin();
      int faults = 3 + random.nextInt(6);
      for (int i = 0; i < faults; i++) {
        storm.fault();
        writeFor(500 + random.nextInt(4_000));
      }
      storm.calm();
      if (random.nextBoolean()) {
        burst();
      }
      cluster.sim.runFor(Duration.ofSeconds(7));
      cluster.awaitQuiet();
      cluster.requireConvergence();
    }

    private void writeFor(int millis) {
      long end = cluster.sim.nanos() + millis * 1_000_000L;
      while (cluster.sim.nanos() < end) {
        if (random.nextInt(3) == 0) {
          writeAsAnybody();
        } else {
          owners.get(random.nextInt(owners.size())).write();
        }
        cluster.sim.runFor(Duration.ofMillis(random.nextInt(1, 60)));
      }
    }

    private void writeAsAnybody() {
      String node = storm.anyName();
      if (!cluster.node(node).host.up()) {
        return;
      }
      if (random.nextBoolean()) {
        String acks = random.nextInt(3) == 0 ? WriteOptions.MAJORITY : WriteOptions.ONE;
        cluster.setWhole(node, "w" + random.nextInt(2), acks);
      } else {
        String variable = owners.get(random.nextInt(owners.size())).variable;
        cluster.set(node, variable, "free", 0, WriteOptions.ONE);
      }
    }

    /** Writes of which none has seen the other. */
    private void burst() {
      for (int i = 0; i < 2 * owners.size(); i++) {
        owners.get(random.nextInt(owners.size())).write();
        writeAsAnybody();
      }
      cluster.sim.runFor(Duration.ofSeconds(1));
    }
  }
}
