package dev.mabeam.placement;

import static dev.mabeam.placement.Samples.affinity;
import static dev.mabeam.placement.Samples.agent;
import static dev.mabeam.placement.Samples.antiAffinity;
import static dev.mabeam.placement.Samples.capable;
import static dev.mabeam.placement.Samples.cluster;
import static dev.mabeam.placement.Samples.far;
import static dev.mabeam.placement.Samples.loaded;
import static dev.mabeam.placement.Samples.needs;
import static dev.mabeam.placement.Samples.node;
import static dev.mabeam.placement.Samples.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.membership.Capacity;
import dev.mabeam.placement.Rule.Target;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PlacementTest {
  private static final PlacementRequest PLAIN = request("x", Requirements.NONE);

  @Test
  void shouldWeighAsTheTableSays() {
    PlacementNode node = far(loaded(capable(node("n1"), "gpu", "ssd"), 0.4), "west", 4);
    ClusterSnapshot snapshot =
        cluster(node)
            .with(new PlacedAgent("a", "reader", "n1#1", 400, 1))
            .with(new PlacedAgent("b", "pricing", "n1#1", 0, 1));
    Requirements needs =
        new Requirements(
            400,
            1,
            List.of("gpu"),
            List.of("ssd", "arm", "tpu"),
            List.of("n2"),
            List.of(new Rule(Target.TYPE, "reader", 3, false), zone("east", false)),
            List.of(new Rule(Target.AGENT, "b", 1, false), zone("east", false)));
    Scores scores = only(request("x", needs), snapshot).scores();
    assertEquals(600 / 800.0, scores.resource(), 1e-9); // memory is scarcer than cores
    assertEquals(0.6, scores.load(), 1e-9);
    assertEquals(2 / 4.0, scores.capability(), 1e-9);
    assertEquals(0.6, scores.network(), 1e-9);
    assertEquals(3 / 4.0 - 1 / 2.0, scores.affinity(), 1e-9);
    assertEquals(
        0.30 * 0.75 + 0.25 * 0.6 + 0.20 * 0.5 + 0.15 * 0.6 + 0.10 * 0.25, scores.total(), 1e-9);
  }

  @Test
  void shouldScoreResourcesFromJustEnoughToTwiceThat() {
    assertEquals(0.5, only(request("x", needs(1000, 0)), cluster(node("n1"))).scores().resource());
    assertEquals(0.75, only(request("x", needs(0, 2.667)), cluster(node("n1"))).scores()
        .resource(), 1e-3);
    assertEquals(1, only(request("x", needs(500, 2)), cluster(node("n1"))).scores().resource());
    assertEquals(1, only(request("x", needs(1, 0.1)), cluster(node("n1"))).scores().resource());
    assertEquals(1, only(PLAIN, cluster(node("n1"))).scores().resource());
  }

  @Test
  void shouldFloorAffinityAtZero() {
    ClusterSnapshot snapshot = cluster(node("n1"));
    Requirements torn =
        new Requirements(
            0, 0, List.of(), List.of(), List.of(),
            List.of(zone("west", false)), List.of(zone("east", false)));
    assertEquals(0, only(request("x", torn), snapshot).scores().affinity());
  }

  @Test
  void shouldPreferThePreferredNodeByIdOrName() {
    ClusterSnapshot snapshot = cluster(node("n1"), far(node("n2"), "west", 10));
    for (String preferred : List.of("n2", "n2#1")) {
      Requirements needs =
          new Requirements(
              0, 0, List.of(), List.of(), List.of(preferred), List.of(), List.of());
      Explanation explained = Placement.explain(request("x", needs), snapshot);
      assertEquals(
          1, explained.candidates().stream().filter(c -> c.node().equals("n2#1")).findFirst()
              .orElseThrow().scores().network());
    }
  }

  @ParameterizedTest
  @EnumSource(value = Standing.class, mode = EnumSource.Mode.EXCLUDE, names = "OPEN")
  void shouldRefuseNodesThatTakeNoAgents(Standing standing) {
    ClusterSnapshot snapshot =
        cluster(node("n1").withStanding(standing), loaded(node("n2"), 1));
    Explanation explained = Placement.explain(PLAIN, snapshot);
    assertEquals("n2#1", explained.node());
    assertEquals(List.of(standing.refusal()), refusals(explained, "n1#1"));
    assertTrue(!standing.refusal().isBlank());
  }

  @Test
  void shouldKeepAWorseStandingWhenANodeIsAlsoCordoned() {
    PlacementNode failed = node("n1").withStanding(Standing.FAILED);
    assertEquals(Standing.FAILED, failed.withStanding(Standing.CORDONED).standing());
  }

  @Test
  void shouldSayPerNodeWhatRefusedIt() {
    ClusterSnapshot snapshot =
        cluster(
                node("n1"),
                capable(node("n2"), "gpu"),
                capable(node("n3"), "gpu").withStanding(Standing.CORDONED))
            .with(new PlacedAgent("a", "reader", "n2#1", 700, 3.25));
    MabeamException refused =
        assertThrows(
            MabeamException.class,
            () -> Placement.explain(request("x", needs(400, 1, "gpu")), snapshot).requireNode());
    assertEquals(ErrorCode.NO_SUITABLE_NODES, refused.code());
    assertEquals(
        "no node can take agent 'x': n1#1: it lacks the capability gpu; "
            + "n2#1: it has 300 MB left of 1000, not 400, it has 0.75 cores left of 4, not 1; "
            + "n3#1: it is cordoned",
        refused.getMessage());
    assertEquals(
        Optional.empty(), Placement.find(request("x", needs(400, 1, "gpu")), snapshot));
  }

  @Test
  void shouldSayThatThereAreNoNodes() {
    MabeamException refused =
        assertThrows(
            MabeamException.class,
            () -> Placement.explain(request("", Requirements.NONE), cluster()).requireNode());
    assertEquals("no node can take an agent of type counter: there are none", refused.getMessage());
  }

  @Test
  void shouldFillANodeToTheLastMegabyteAndNoFurther() {
    ClusterSnapshot snapshot =
        cluster(node("n1")).with(new PlacedAgent("a", "reader", "n1#1", 600, 0));
    assertEquals("n1#1", Placement.explain(request("x", needs(400, 0)), snapshot).node());
    assertEquals("", Placement.explain(request("x", needs(401, 0)), snapshot).node());
  }

  @Test
  void shouldKeepHardRules() {
    ClusterSnapshot snapshot =
        cluster(node("n1"), far(loaded(node("n2"), 0.9), "west", 10))
            .with(agent("a", "reader", "n1#1"));
    assertEquals("n2#1", with(antiAffinity(hard(Target.AGENT, "a")), snapshot));
    assertEquals("n2#1", with(antiAffinity(hard(Target.TYPE, "reader")), snapshot));
    assertEquals("n2#1", with(antiAffinity(hard(Target.ZONE, "east")), snapshot));
    assertEquals("n2#1", with(antiAffinity(hard(Target.NODE, "n1")), snapshot));
    assertEquals("n2#1", with(affinity(hard(Target.ZONE, "west")), snapshot));
    assertEquals("n2#1", with(affinity(hard(Target.NODE, "n2#1")), snapshot));
    ClusterSnapshot moved = snapshot.with(agent("a", "reader", "n2#1"));
    assertEquals("n2#1", with(affinity(hard(Target.AGENT, "a")), moved));
    assertEquals("n2#1", with(affinity(hard(Target.TYPE, "reader")), moved));
    assertEquals("", with(affinity(hard(Target.AGENT, "nobody")), snapshot));
    assertEquals(
        List.of("it is with agent a, which must not be"),
        refusals(
            Placement.explain(
                request("x", antiAffinity(hard(Target.AGENT, "a"))), snapshot),
            "n1#1"));
  }

  @Test
  void shouldLetATypeThatWantsToBeTogetherBeginAnywhere() {
    Requirements together = affinity(hard(Target.TYPE, "counter"));
    ClusterSnapshot snapshot = cluster(node("n1"), loaded(node("n2"), 0.9));
    assertEquals("n1#1", with(together, snapshot));
    assertEquals("n2#1", with(together, snapshot.with(agent("c", "counter", "n2#1"))));
  }

  @Test
  void shouldNotLetAnAgentStandInItsOwnWay() {
    ClusterSnapshot snapshot =
        cluster(node("n1")).with(new PlacedAgent("x", "counter", "n1#1", 900, 0));
    Requirements apart =
        new Requirements(
            900, 0, List.of(), List.of(), List.of(), List.of(),
            List.of(hard(Target.TYPE, "counter")));
    assertEquals("n1#1", Placement.explain(request("x", apart), snapshot).node());
    assertEquals("", Placement.explain(request("y", apart), snapshot).node());
  }

  @Test
  void shouldTakeTheNodeWithFewerAgentsOfEqualOnesAndThenTheLowerId() {
    ClusterSnapshot snapshot = cluster(node("n3"), node("n2"), node("n1"));
    assertEquals("n1#1", with(Requirements.NONE, snapshot));
    assertEquals("n2#1", with(Requirements.NONE, snapshot.with(agent("a", "reader", "n1#1"))));
  }

  @Test
  void shouldLetAgentsDecideBetweenNodesThatAreAboutAsBusy() {
    ClusterSnapshot snapshot =
        cluster(loaded(node("n1"), 0.11), loaded(node("n2"), 0.12))
            .with(agent("a", "reader", "n1#1"));
    assertEquals("n2#1", with(Requirements.NONE, snapshot));
    assertEquals(
        "n1#1",
        with(
            Requirements.NONE,
            snapshot.withNodes(List.of(node("n1"), loaded(node("n2"), 0.12)))));
  }

  @Test
  void shouldAnswerInTheContractsForm() {
    ClusterSnapshot snapshot = cluster(node("n2"), capable(node("n1"), "gpu"));
    assertEquals(
        new JsonObject()
            .put("agent", "x")
            .put("node", "n1#1")
            .put(
                "nodes",
                new JsonArray()
                    .add(
                        new JsonObject()
                            .put("node", "n1#1")
                            .put("suitable", true)
                            .put("refusals", new JsonArray())
                            .put(
                                "scores",
                                new JsonObject()
                                    .put("resource", 1.0)
                                    .put("load", 1.0)
                                    .put("capability", 1.0)
                                    .put("network", 1.0)
                                    .put("affinity", 1.0))
                            .put("total", 1.0))
                    .add(
                        new JsonObject()
                            .put("node", "n2#1")
                            .put("suitable", false)
                            .put("refusals", new JsonArray().add("it lacks the capability gpu"))
                            .put("scores", new JsonObject())
                            .put("total", 0.0))),
        Placement.explain(request("x", needs(0, 0, "gpu")), snapshot).toJson());
  }

  @Test
  void shouldMeasureDistanceByZoneAndByTheOrderOfTheRoundTripTime() {
    assertEquals(0, Distance.of(true, 0));
    assertEquals(0, Distance.of(true, 900));
    assertEquals(3, Distance.of(true, 10_000));
    assertEquals(6, Distance.of(true, 100_000));
    assertEquals(6, Distance.of(true, 9_000_000));
    assertEquals(4, Distance.of(false, 300));
    assertEquals(7, Distance.of(false, 10_000));
    assertEquals(10, Distance.of(false, Long.MAX_VALUE));
  }

  @Test
  void shouldRefuseOnANodeOfNoCapacityWhateverNeedsSome() {
    ClusterSnapshot snapshot = cluster(Samples.with(node("n1"), new Capacity(0, 0)));
    assertEquals("n1#1", with(Requirements.NONE, snapshot));
    assertEquals("", with(needs(1, 0), snapshot));
    assertEquals("", with(needs(0, 0.001), snapshot));
  }

  private static String with(Requirements needs, ClusterSnapshot snapshot) {
    return Placement.explain(request("x", needs), snapshot).node();
  }

  private static Candidate only(PlacementRequest request, ClusterSnapshot snapshot) {
    List<Candidate> candidates = Placement.explain(request, snapshot).candidates();
    assertEquals(1, candidates.size());
    assertEquals(List.of(), candidates.get(0).refusals());
    return candidates.get(0);
  }

  private static List<String> refusals(Explanation explained, String node) {
    return explained.candidates().stream()
        .filter(candidate -> candidate.node().equals(node))
        .findFirst()
        .orElseThrow()
        .refusals();
  }

  private static Rule hard(Target target, String value) {
    return new Rule(target, value, 1, true);
  }

  private static Rule zone(String zone, boolean hard) {
    return new Rule(Target.ZONE, zone, 1, hard);
  }
}
