package dev.mabeam.variable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.variable.ledger.Chain;
import dev.mabeam.variable.ledger.Checkpoint;
import dev.mabeam.variable.ledger.Hash;
import dev.mabeam.variable.ledger.Roster;
import dev.mabeam.variable.ledger.Verdict;
import dev.mabeam.variable.ledger.Verifier;
import dev.mabeam.variable.version.Siblings;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Variables of the strategy {@code blockchain}, under faults and with a forger on the bus. */
class LedgerSimTest {
  private static final int SAMPLE = 6;
  private static final int ALL = 200;

  static LongStream sample() {
    return LongStream.rangeClosed(1, SAMPLE);
  }

  @ParameterizedTest
  @MethodSource("sample")
  void shouldConvergeWithChainsThatHold(long seed) {
    play(seed);
  }

  @Test
  @Tag("long")
  void shouldConvergeWithChainsThatHoldInHundredsOfSeeds() {
    long[] counts = new long[3];
    for (long seed = SAMPLE + 1; seed <= ALL; seed++) {
      SimVariables cluster = play(seed);
      for (String name : cluster.alive().get(0).definitions.definitions().keySet()) {
        Verdict verdict = verdict(cluster, cluster.replicas(name).get(0));
        counts[0] += verdict.blocks();
        counts[1]++;
        counts[2] += cluster.writes.size();
      }
    }
    System.out.printf(
        "ledger: %d seeds, %d chains, %d blocks, %d writes%n",
        ALL - SAMPLE, counts[1], counts[0], counts[2]);
  }

  private static SimVariables play(long seed) {
    ConvergenceSimTest.Run run =
        new ConvergenceSimTest.Run(seed, new SimVariables.Broken(), SyncStrategy.BLOCKCHAIN);
    run.play();
    requireLedgers(run.cluster);
    return run.cluster;
  }

  /** Every replica's chain holds, is certified to its end, and makes what the replica holds. */
  private static void requireLedgers(SimVariables cluster) {
    Set<String> names = cluster.alive().get(0).definitions.definitions().keySet();
    cluster.await(
        () -> names.stream().allMatch(name -> isCertified(cluster, name)),
        "all chains are certified to their ends");
    for (String name : names) {
      Set<List<Hash>> heads = new HashSet<>();
      for (Replica replica : cluster.replicas(name)) {
        Verdict verdict = verdict(cluster, replica);
        assertEquals(Optional.empty(), verdict.fault(), name);
        assertEquals(List.of(), verdict.evidence(), name);
        assertEquals(unvoted(cluster, replica), replica.state(), name);
        assertEquals(verdict.height(), verdict.certifiedHeight(), name);
        heads.add(replica.book().chain().heads());
      }
      assertEquals(1, heads.size(), name);
    }
  }

  /** What the blocks make of it, without what the replicas have voted against. */
  private static Siblings unvoted(SimVariables cluster, Replica replica) {
    Siblings all = replica.book().chain().state();
    Siblings left =
        all.without(cluster.alive().get(0).definitions.ballots().rejected(replica.name()));
    return left.live().isEmpty() ? all : left;
  }

  private static boolean isCertified(SimVariables cluster, String name) {
    return cluster.replicas(name).stream()
        .map(replica -> replica.book().chain())
        .allMatch(
            chain ->
                chain.heads().size() == 1
                    && chain.certified().map(each -> each.block()).equals(
                        Optional.of(chain.heads().get(0))));
  }

  private static Verdict verdict(SimVariables cluster, Replica replica) {
    List<Hash> trusted =
        cluster.alive().get(0).definitions.ledger(replica.name()).decoded().stream()
            .map(Roster::hash)
            .toList();
    return Verifier.verify(replica.book().chain().export(), trusted, Optional.empty());
  }

  private static SimVariables ledger(SimVariables.Broken broken) {
    SimVariables cluster = new SimVariables(1, 3, broken);
    cluster.distribute("n1", "v", SimVariables.Kind.VECTOR_CLOCKS, SyncStrategy.BLOCKCHAIN, 3);
    cluster.sim.runFor(Duration.ofSeconds(2));
    return cluster;
  }

  @Test
  void shouldJoinAForkWithOneMergeBlockThatIsCertified() {
    SimVariables cluster = ledger(new SimVariables.Broken());
    SimVariables.Write one = cluster.set("n1", "v", "one");
    SimVariables.Write two = cluster.set("n3", "v", "two");
    cluster.await(() -> one.acknowledged() && two.acknowledged(), "both have written");
    cluster.sim.runFor(Duration.ofSeconds(5));
    requireLedgers(cluster);
    Chain chain = cluster.replicas("v").get(0).book().chain();
    assertTrue(chain.get(chain.heads().get(0)).isMerge());
    assertEquals(4, chain.size());
    assertEquals(
        Set.of("one", "two"),
        cluster.replicas("v").get(0).state().live().stream()
            .map(each -> ((JsonObject) each.value()).getString("value"))
            .collect(Collectors.toSet()));
  }

  @Test
  void shouldCertifyNothingWithoutAMajorityAndAllOfItLater() {
    SimVariables cluster = ledger(new SimVariables.Broken());
    Chain chain = cluster.node("n1").store.get("v").book().chain();
    cluster.sim.network().setLoss(1);
    SimVariables.Write alone = cluster.set("n1", "v", "alone");
    cluster.await(alone::acknowledged, "the master has written");
    cluster.sim.runFor(Duration.ofSeconds(3));
    assertEquals(1, chain.height());
    assertEquals(0, chain.get(chain.certified().orElseThrow().block()).height());
    cluster.sim.network().setLoss(0);
    cluster.sim.runFor(Duration.ofSeconds(3));
    requireLedgers(cluster);
    assertEquals(1, chain.get(chain.certified().orElseThrow().block()).height());
  }

  @Test
  void shouldComeBackUnderAnotherKeyWhenItsMemoryIsLost() {
    SimVariables cluster = ledger(new SimVariables.Broken());
    SimVariables.Write before = cluster.set("n3", "v", "before");
    cluster.await(before::acknowledged, "n3 has written");
    cluster.sim.runFor(Duration.ofSeconds(2));
    String store = cluster.node("n3").store.get("v").writer();
    Checkpoint kept = checkpoint(cluster.node("n1").store.get("v"));
    cluster.crash("n3");
    cluster.expel(cluster.node("n3"));
    SimVariables.Node again = cluster.start("n3");
    cluster.await(
        () -> again.store.get("v") != null && again.store.get("v").book().mayWrite(),
        "its new key is known");
    SimVariables.Write after = cluster.set("n3", "v", "after");
    cluster.await(after::acknowledged, "n3 has written again");
    cluster.sim.runFor(Duration.ofSeconds(3));
    requireLedgers(cluster);
    Replica replica = again.store.get("v");
    assertTrue(!replica.writer().equals(store), "another store");
    assertEquals(
        Optional.empty(),
        Verifier.verify(replica.book().chain().export(), List.of(), Optional.of(kept)).fault());
    assertEquals("after", replica.view().value());
  }

  private static Checkpoint checkpoint(Replica replica) {
    Chain chain = replica.book().chain();
    return chain.checkpoint(chain.certified().orElseThrow().block());
  }

  @Test
  void shouldGoOnAfterAnExpulsion() {
    SimVariables cluster = ledger(new SimVariables.Broken());
    SimVariables.Write before = cluster.set("n3", "v", "before");
    cluster.await(before::acknowledged, "n3 has written");
    cluster.expel(cluster.node("n3"));
    cluster.sim.runFor(Duration.ofSeconds(1));
    SimVariables.Node again = cluster.rejoin("n3");
    cluster.await(
        () -> again.store.get("v") != null && again.store.get("v").book().mayWrite(),
        "n3 is back and its key is known");
    SimVariables.Write after = cluster.set("n3", "v", "after");
    cluster.await(after::acknowledged, "n3 has written again");
    cluster.sim.runFor(Duration.ofSeconds(3));
    requireLedgers(cluster);
    cluster.requireConvergence();
    assertEquals("after", again.store.get("v").view().value());
  }

  /** Changes every other push: a byte of a block, or the value where there are no blocks. */
  private static SimVariables.Broken forger() {
    SimVariables.Broken broken = new SimVariables.Broken();
    int[] pushes = {0};
    broken.bus =
        bus ->
            new SimVariables.Meddled(bus) {
              @Override
              JsonObject request(JsonObject request) {
                boolean push = "push".equals(request.getString("do"));
                return push && pushes[0]++ % 2 == 0 ? forged(request.copy(), pushes[0]) : request;
              }
            };
    return broken;
  }

  private static JsonObject forged(JsonObject push, int where) {
    for (Map.Entry<String, Object> each : push.getJsonObject("states")) {
      JsonObject state = (JsonObject) each.getValue();
      JsonObject ledger = state.getJsonObject("ledger");
      if (ledger != null && !ledger.getJsonArray("blocks").isEmpty()) {
        JsonArray blocks = ledger.getJsonArray("blocks");
        int last = blocks.size() - 1;
        byte[] block = Base64.getDecoder().decode(blocks.getString(last));
        block[Math.floorMod(where * 37, block.length)] ^= 1;
        blocks.set(last, Base64.getEncoder().encodeToString(block));
      }
      for (Object live : state.getJsonArray("live")) {
        ((JsonObject) live).put("value", new JsonObject().put("value", "forged"));
      }
    }
    return push;
  }

  @Test
  void shouldRefuseForgedBlocksAndGoOn() {
    SimVariables cluster = ledger(forger());
    writeSome(cluster);
    cluster.requireConvergence();
    requireLedgers(cluster);
    assertTrue(refused(cluster) > 5, refused(cluster) + " refused");
  }

  private static double refused(SimVariables cluster) {
    return cluster.alive().stream()
        .flatMap(node -> node.metrics.find("mabeam.variable.ledger.faults").counters().stream())
        .mapToDouble(counter -> counter.count())
        .sum();
  }

  /** The same forger, and replicas that take whatever they are told. */
  @Test
  void shouldCatchReplicasThatApplyWithoutChecking() {
    SimVariables.Broken broken = forger();
    broken.sync = sync -> SyncStrategy.MULTI_MASTER;
    SimVariables cluster = ledger(broken);
    AssertionError found =
        assertThrows(
            AssertionError.class,
            () -> {
              writeSome(cluster);
              cluster.requireConvergence();
            });
    assertTrue(found.getMessage().contains("converged"), found.getMessage());
  }

  private static void writeSome(SimVariables cluster) {
    for (int i = 0; i < 20; i++) {
      cluster.set("n" + (1 + i % 3), "v", "w" + i);
      cluster.sim.runFor(Duration.ofMillis(100));
    }
    cluster.sim.runFor(Duration.ofSeconds(10));
  }

  @Test
  void shouldTakeNothingButBlocks() {
    SimVariables.Broken broken = new SimVariables.Broken();
    broken.bus =
        bus ->
            new SimVariables.Meddled(bus) {
              @Override
              JsonObject request(JsonObject request) {
                return stripped(request);
              }

              @Override
              Future<JsonObject> answer(JsonObject request, Future<JsonObject> answer) {
                return answer.map(LedgerSimTest::stripped);
              }
            };
    SimVariables cluster = ledger(broken);
    SimVariables.Write write = cluster.set("n1", "v", "mine");
    cluster.await(write::acknowledged, "n1 has it");
    cluster.sim.runFor(Duration.ofSeconds(5));
    // Who is asked to countersign fetches the blocks, and takes these.
    requireLedgers(cluster);
    assertEquals("mine", cluster.node("n2").store.get("v").view().value());
    assertTrue(refused(cluster) > 5, refused(cluster) + " refused");
  }

  /** Forged states as they would be of another strategy, and no blocks. */
  private static JsonObject stripped(JsonObject message) {
    JsonObject raw = message.copy();
    for (Map.Entry<String, Object> each : raw.getJsonObject("states", new JsonObject())) {
      JsonObject state = (JsonObject) each.getValue();
      if (state.remove("ledger") != null) {
        JsonObject forged = new JsonObject().put("value", "forged");
        JsonArray dot = new JsonArray().add("forger").add(1);
        state.getJsonArray("live").add(
            new JsonObject()
                .put("dot", dot)
                .put("stamp", new JsonArray().add(1).add(0))
                .put("value", forged));
        state.getJsonObject("seen").put("forger", 1);
      }
    }
    return raw;
  }

  @ParameterizedTest
  @EnumSource(names = {"SESSION", "CAUSAL"})
  void shouldKeepTheChainsOfStrongerLevels(Consistency level) {
    SimVariables cluster = new SimVariables(1, 3, new SimVariables.Broken());
    VariableOptions options =
        VariableOptions.DEFAULT.withConsistency(level).withSync(SyncStrategy.BLOCKCHAIN);
    List<String> names = List.of("a", "b");
    for (String name : names) {
      var made = cluster.node("n1").room.distribute(name, options);
      cluster.await(made::succeeded, name + " is distributed");
    }
    cluster.sim.runFor(Duration.ofSeconds(3));
    for (int i = 0; i < 20; i++) {
      String value = "w" + i;
      var written =
          cluster
              .node("n" + (1 + i % 3))
              .room
              .set(names.get(i % 2), value, WriteOptions.DEFAULT);
      if (i % 4 > 0) {
        cluster.await(written::succeeded, value + " is written");
        cluster.sim.runFor(Duration.ofMillis(30));
      }
    }
    cluster.sim.runFor(Duration.ofSeconds(10));
    requireLedgers(cluster);
    for (String name : names) {
      assertTrue(cluster.replicas(name).get(0).book().chain().height() > 3);
      for (Replica replica : cluster.replicas(name)) {
        assertEquals(replica.state(), replica.view().shown());
      }
    }
  }

  /** One chain in the order of the log, the same on every replica, and on one that comes later. */
  @Test
  void shouldMakeABlockOfEachDecision() {
    SimVariables cluster = new SimVariables(1, 3, new SimVariables.Broken());
    VariableOptions options =
        VariableOptions.DEFAULT
            .withConsistency(Consistency.STRONG)
            .withSync(SyncStrategy.BLOCKCHAIN);
    cluster.distribute("n1", "v", options);
    for (int i = 0; i < 10; i++) {
      var room = cluster.node("n" + (1 + i % 3)).room;
      var written =
          i == 5 ? room.delete("v", WriteOptions.DEFAULT) : room.set("v", "w" + i);
      cluster.await(written::succeeded, i + " is decided");
    }
    requireDecided(cluster, 10);
    cluster.crash("n3");
    cluster.expel(cluster.node("n3"));
    var meanwhile = cluster.node("n2").room.set("v", "meanwhile");
    cluster.await(meanwhile::succeeded, "another is decided");
    cluster.start("n3");
    cluster.sim.runFor(Duration.ofSeconds(5));
    requireDecided(cluster, 11);
  }

  private static void requireDecided(SimVariables cluster, long height) {
    cluster.sim.runFor(Duration.ofSeconds(3));
    Set<List<Hash>> heads = new HashSet<>();
    for (SimVariables.Node node : cluster.alive()) {
      Chain chain = node.room.ledger("v").chain();
      Verdict verdict = Verifier.verify(chain.export(), List.of(), Optional.empty());
      assertEquals(Optional.empty(), verdict.fault());
      assertEquals(height, verdict.height());
      assertEquals(height, verdict.certifiedHeight());
      heads.add(chain.heads());
    }
    assertEquals(1, heads.size());
  }

  @Test
  void shouldSayTheSameOnEveryReplica() {
    SimVariables cluster = ledger(new SimVariables.Broken());
    writeSome(cluster);
    requireLedgers(cluster);
    List<Replica> replicas = cluster.replicas("v");
    List<Hash> history = replicas.get(0).book().chain().heads();
    for (Replica each : replicas) {
      assertEquals(history, each.book().chain().heads());
      assertEquals(checkpoint(replicas.get(0)), checkpoint(each));
    }
  }
}
