package dev.mabeam.variable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.testing.check.CausalHistory;
import dev.mabeam.testing.sim.Seeds;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Clients read and write variables with two replicas each, whose sets overlap, on five nodes under
 * random faults; their updates travel in each of the ways there are. Some roam over the nodes with
 * a token; some stay at one node, without.
 */
class CausalSimTest {
  private static final int SAMPLE = 8;
  private static final int ALL = 400;
  private static final int VARIABLES = 5;
  /** Within what hybrid clocks correct. */
  private static final Duration SKEW = Duration.ofSeconds(4);
  private static final SimStorm.Fault[] FAULTS = {
    SimStorm.Fault.CRASH_OR_START, SimStorm.Fault.CRASH_OR_START, SimStorm.Fault.PAUSE,
    SimStorm.Fault.RESUME, SimStorm.Fault.ISOLATE, SimStorm.Fault.CUT,
    SimStorm.Fault.EXPEL_IF_SILENT, SimStorm.Fault.HEAL_AND_SKEW
  };
  private static final Duration GIVEN_UP = Duration.ofSeconds(7);

  static LongStream sample() {
    return LongStream.rangeClosed(1, SAMPLE);
  }

  @ParameterizedTest
  @MethodSource("sample")
  void shouldShowNoEffectBeforeItsCauses(long seed) {
    new Run(seed, Consistency.CAUSAL, new SimVariables.Broken(), true).play();
  }

  @ParameterizedTest
  @MethodSource("sample")
  void shouldKeepTheFourGuaranteesOfASession(long seed) {
    new Run(seed, Consistency.SESSION, new SimVariables.Broken(), true).play();
  }

  @Test
  @Tag("long")
  void shouldHoldInHundredsOfSeeds() {
    for (Consistency level : List.of(Consistency.SESSION, Consistency.CAUSAL)) {
      long[] counts = new long[4];
      LongStream.rangeClosed(SAMPLE + 1, ALL)
          .forEach(
              seed -> {
                Run run = new Run(seed, level, new SimVariables.Broken(), true);
                run.play();
                counts[0] += run.operations();
                counts[1] += run.lost;
                counts[2] += run.told;
                counts[3] += run.behind;
              });
      System.out.printf(
          "%s: %d seeds, %d operations, %d writes lost with their stores, %d SESSION_LOST,"
              + " %d SESSION_UNAVAILABLE%n",
          level.word(), ALL - SAMPLE, counts[0], counts[1], counts[2], counts[3]);
    }
  }

  @Test
  void shouldCatchThatDependenciesAreNotWaitedFor() {
    requireCaught(
        seed ->
            new Run(
                seed, Consistency.CAUSAL, SimVariables.Broken.withoutDependencies(), true));
  }

  @Test
  void shouldCatchThatTokensAreIgnoredBetweenVariables() {
    requireCaught(seed -> new Run(seed, Consistency.CAUSAL, new SimVariables.Broken(), false));
  }

  @Test
  void shouldCatchThatTokensAreIgnored() {
    requireCaught(seed -> new Run(seed, Consistency.SESSION, new SimVariables.Broken(), false));
  }

  @Test
  void shouldSayThatASessionIsAheadOfAllThatCanBeReached() {
    for (Consistency level : List.of(Consistency.SESSION, Consistency.CAUSAL)) {
      Ahead ahead = new Ahead(level);
      ahead.cluster.sim.network().isolate("n1");
      assertEquals(ErrorCode.SESSION_UNAVAILABLE, ahead.code(ahead.read(ahead.token)));
      assertEquals(null, ahead.read(SessionToken.EMPTY).result().value());
      ahead.cluster.sim.network().healAll();
      assertEquals(7, ahead.read(ahead.token).result().value());
    }
  }

  @Test
  void shouldSayThatWhatASessionHasSeenIsLost() {
    for (Consistency level : List.of(Consistency.SESSION, Consistency.CAUSAL)) {
      Ahead ahead = new Ahead(level);
      ahead.cluster.crash("n1");
      assertEquals(ErrorCode.SESSION_UNAVAILABLE, ahead.code(ahead.read(ahead.token)));
      ahead.cluster.expel(ahead.cluster.node("n1"));
      ahead.cluster.sim.runFor(Duration.ofSeconds(1));
      Future<VariableValue> lost = ahead.read(ahead.token);
      assertEquals(ErrorCode.SESSION_LOST, ahead.code(lost));
      SessionToken safe = SessionToken.safe(lost.cause()).orElseThrow();
      assertEquals(null, ahead.read(safe).result().value());
    }
  }

  /** A session that wrote at n1 what nobody else has, and goes on at n2. */
  private static final class Ahead {
    final SimVariables cluster = SimVariables.of(1, 3);
    final SessionToken token;

    Ahead(Consistency level) {
      cluster.distribute(
          "n2", "v", VariableOptions.DEFAULT.withConsistency(level).withReplicationFactor(3));
      cluster.awaitQuiet();
      // It is acknowledged before the others are told.
      Future<VariableValue> written =
          cluster.node("n1").room.set("v", 7, WriteOptions.DEFAULT);
      cluster.await(written::isComplete, "n1 has it");
      cluster.sim.network().isolate("n1");
      assertTrue(written.succeeded(), "" + written.cause());
      token = written.result().token();
    }

    Future<VariableValue> read(SessionToken with) {
      Future<VariableValue> read =
          cluster.node("n2").room.get("v", ReadOptions.DEFAULT.withToken(with));
      cluster.await(read::isComplete, "the read at n2 is answered");
      return read;
    }

    ErrorCode code(Future<VariableValue> failed) {
      return MabeamException.of(failed.cause()).code();
    }
  }

  /** At least a quarter of the seeds have to tell. */
  private static void requireCaught(LongFunction<Run> broken) {
    Caught.require(SAMPLE / 4, SAMPLE, "not causal", seed -> broken.apply(seed).play());
  }

  /** A write as its client knows it. */
  private static final class Written {
    final String variable;
    final CausalHistory.Write write;
    /** Null as long as its outcome is not known. */
    JsonObject version;

    Written(String variable, CausalHistory.Write write, JsonObject version) {
      this.variable = variable;
      this.write = write;
      this.version = version;
    }
  }

  /** One run of one seed. */
  static final class Run {
    final SimVariables cluster;
    final RandomGenerator random;
    final Consistency level;
    final boolean tokens;
    final SimStorm storm;
    /** One history, or for what holds for each variable by itself one of each. */
    final Map<String, CausalHistory> histories = new HashMap<>();
    final List<Written> writes = new ArrayList<>();
    final List<Client> clients = new ArrayList<>();
    int values;
    int losses;
    long lost;
    long told;
    long behind;

    Run(long seed, Consistency level, SimVariables.Broken broken, boolean tokens) {
      this.level = level;
      this.tokens = tokens;
      random = Seeds.random(seed);
      cluster = new SimVariables(seed, 5, broken);
      storm = new SimStorm(cluster, random, SKEW, FAULTS).late(0.2).beforeLoss(this::loses);
      ConflictResolution[] kinds = {
        ConflictResolution.LAST_WRITER_WINS, ConflictResolution.VECTOR_CLOCKS
      };
      SyncStrategy[] syncs = {
        SyncStrategy.GOSSIP, SyncStrategy.LEADER_FOLLOWER, SyncStrategy.MULTI_MASTER
      };
      for (int i = 0; i < VARIABLES; i++) {
        cluster.distribute(
            storm.anyName(),
            "v" + i,
            VariableOptions.DEFAULT
                .withConsistency(level)
                .withConflict(kinds[i % 2])
                .withSync(syncs[i % 3])
                .withReplicationFactor(2));
      }
      for (int i = 0; i < 5; i++) {
        clients.add(new Client(null));
      }
      if (level == Consistency.CAUSAL) {
        storm.names().forEach(name -> clients.add(new Client(name)));
      }
    }

    private CausalHistory history(String variable) {
      String key = level == Consistency.CAUSAL ? "all" : variable;
      return histories.computeIfAbsent(key, each -> new CausalHistory());
    }

    int operations() {
      return histories.values().stream().mapToInt(CausalHistory::size).sum();
    }

    /** One that does one thing after the other. */
    private final class Client {
      final String home;
      Map<CausalHistory, CausalHistory.Session> sessions = new HashMap<>();
      SessionToken token = SessionToken.EMPTY;
      SimVariables.Node at;
      long sinceNanos;
      int lossesBefore;
      long turn;
      Runnable unknown = () -> {};
      boolean busy;

      Client(String home) {
        this.home = home;
      }

      CausalHistory.Session session(String variable) {
        return sessions.computeIfAbsent(history(variable), CausalHistory::session);
      }

      /** What comes now does not follow from what was. */
      void startAgain(SessionToken with) {
        sessions = new HashMap<>();
        token = with;
      }

      void step() {
        if (busy) {
          giveUp();
          return;
        }
        SimVariables.Node node = cluster.node(home == null ? storm.anyName() : home);
        String variable = "v" + random.nextInt(VARIABLES);
        if (node != at && home != null) {
          startAgain(SessionToken.EMPTY);
        }
        boolean far = home != null && cluster.serving(node, variable) == null;
        if (!node.host.up() || !node.isIn() || far) {
          return;
        }
        at = node;
        busy = true;
        sinceNanos = cluster.sim.nanos();
        lossesBefore = losses;
        long now = ++turn;
        SessionToken mine = home == null && tokens ? token : SessionToken.EMPTY;
        if (random.nextInt(3) == 0) {
          write(node, variable, mine, now);
        } else {
          read(node, variable, mine, now);
        }
      }

      private void read(SimVariables.Node node, String variable, SessionToken mine, long now) {
        unknown = () -> {};
        node.room
            .get(variable, ReadOptions.DEFAULT.withToken(mine))
            .onComplete(
                read -> {
                  if (end(now) && (home == null || read.node().equals(node.id))) {
                    session(variable).read(variable, read.value());
                    token = read.token();
                  }
                },
                failure -> failed(now, failure));
      }

      private void write(SimVariables.Node node, String variable, SessionToken mine, long now) {
        int value = ++values;
        unknown =
            () -> {
              if (home != null) {
                startAgain(SessionToken.EMPTY);
              }
              note(variable, value, null);
              startAgain(SessionToken.EMPTY);
            };
        String acks = random.nextInt(3) == 0 ? WriteOptions.MAJORITY : WriteOptions.ONE;
        Future<VariableValue> done =
            node.room.set(variable, value, new WriteOptions(acks).withToken(mine));
        done.onComplete(
            written -> {
              if (!end(now)) {
                return;
              }
              if (home != null && !written.node().equals(node.id)) {
                // Another node takes it, which knows nothing of this client.
                startAgain(SessionToken.EMPTY);
                note(variable, value, written.version());
                startAgain(SessionToken.EMPTY);
              } else {
                note(variable, value, written.version());
                token = written.token();
              }
            },
            failure -> failed(now, failure));
      }

      private void note(String variable, int value, JsonObject version) {
        CausalHistory.Write write = session(variable).wrote(variable, value);
        Written written = new Written(variable, write, version);
        writes.add(written);
        boolean gone = version == null ? losses > lossesBefore : holders(written).isEmpty();
        if (gone) {
          written.write.lost();
        }
      }

      private boolean end(long ofTurn) {
        boolean mine = busy && ofTurn == turn;
        busy &= !mine;
        return mine;
      }

      private void failed(long ofTurn, Throwable failure) {
        if (!end(ofTurn)) {
          return;
        }
        ErrorCode code = MabeamException.of(failure).code();
        if (code == ErrorCode.SESSION_LOST) {
          told++;
          startAgain(SessionToken.safe(failure).orElseThrow());
        } else if (code == ErrorCode.TIMEOUT) {
          unknown.run();
        } else if (code == ErrorCode.SESSION_UNAVAILABLE) {
          behind++;
        }
      }

      /** Nobody will answer any more. */
      private void giveUp() {
        if (cluster.sim.nanos() - sinceNanos > GIVEN_UP.toNanos()) {
          busy = false;
          turn++;
          unknown.run();
        }
      }
    }

    /** One that was expelled may come back with it, but nobody can wait for that. */
    private List<SimVariables.Node> holders(Written written) {
      return cluster.holders(written.variable, written.version).stream()
          .filter(SimVariables.Node::isIn)
          .toList();
    }

    /** What only that node has counts as lost, and what nobody knows the outcome of. */
    private void loses(SimVariables.Node node) {
      losses++;
      for (Written written : writes) {
        if (written.version == null
            || holders(written).stream().allMatch(holder -> holder == node)) {
          written.write.lost();
          lost++;
        }
      }
    }

    void play() {
      cluster.naming(this::playThrough);
    }

    private void playThrough() {
      storm.begin();
      int faults = 3 + random.nextInt(5);
      workFor(1_000);
      for (int i = 0; i < faults; i++) {
        storm.fault();
        workFor(500 + random.nextInt(2_500));
      }
      storm.calm();
      workFor(1_000);
      long end = cluster.sim.nanos() + GIVEN_UP.toNanos() + 1_000_000_000L;
      while (clients.stream().anyMatch(client -> client.busy) && cluster.sim.nanos() < end) {
        cluster.sim.runFor(Duration.ofMillis(100));
        clients.stream().filter(client -> client.busy).forEach(Client::step);
      }
      cluster.sim.runFor(Duration.ofSeconds(7));
      cluster.awaitQuiet();
      histories.values().forEach(CausalHistory::requireConvergence);
      for (String name : cluster.definitions().keySet()) {
        for (Replica replica : cluster.replicas(name)) {
          assertEquals(replica.state(), replica.view().shown(), name);
        }
      }
    }

    private void workFor(int millis) {
      long end = cluster.sim.nanos() + millis * 1_000_000L;
      while (cluster.sim.nanos() < end) {
        clients.get(random.nextInt(clients.size())).step();
        cluster.sim.runFor(Duration.ofMillis(random.nextInt(1, 12)));
      }
    }
  }
}
