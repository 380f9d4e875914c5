package dev.mabeam.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.membership.Capacity;
import dev.mabeam.testing.sim.Seeds;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What holds of every cluster, looked for in many random ones. Failures name the seed. */
class PlacementPropertiesTest {
  private static final int SEEDS = 3_000;

  /** A random cluster and something to place in it. */
  private record World(
      List<PlacementNode> nodes, List<PlacedAgent> agents, PlacementRequest request) {
    static World of(Random random) {
      List<PlacementNode> nodes = Samples.nodes(random);
      return new World(nodes, Samples.agents(nodes, random), Samples.request(nodes, random));
    }

    ClusterSnapshot snapshot() {
      ClusterSnapshot snapshot = ClusterSnapshot.EMPTY.withNodes(nodes);
      for (PlacedAgent agent : agents) {
        snapshot = snapshot.with(agent);
      }
      return snapshot;
    }

    Explanation explain() {
      return Placement.explain(request, snapshot());
    }
  }

  @Test
  void shouldScoreBetweenZeroAndOne() {
    int suitable = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      for (Candidate candidate : World.of(Seeds.random(seed)).explain().candidates()) {
        if (candidate.suitable()) {
          suitable++;
          Scores scores = candidate.scores();
          for (double score :
              new double[] {
                scores.resource(), scores.load(), scores.capability(), scores.network(),
                scores.affinity(), scores.total()
              }) {
            assertTrue(score >= 0 && score <= 1, "seed " + seed + ": " + scores);
          }
        }
      }
    }
    assertTrue(suitable > SEEDS, "hardly any node was suitable");
  }

  @Test
  void shouldNeverChooseANodeThatAFilterRefused() {
    int refused = 0;
    int placed = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      World world = World.of(Seeds.random(seed));
      Optional<String> node = Placement.find(world.request(), world.snapshot());
      placed += node.isPresent() ? 1 : 0;
      for (PlacementNode each : world.nodes()) {
        if (!fits(world, each)) {
          refused++;
          assertTrue(!Optional.of(each.id()).equals(node), "seed " + seed + ": " + each);
        }
      }
    }
    assertTrue(refused > SEEDS && placed > SEEDS / 10, refused + " refused, " + placed + " placed");
  }

  /** The filters again, from nothing but the lists. */
  private static boolean fits(World world, PlacementNode node) {
    Requirements needs = world.request().requirements();
    List<PlacedAgent> there =
        world.agents().stream()
            .filter(agent -> agent.node().equals(node.id()))
            .filter(agent -> !agent.id().equals(world.request().id()))
            .toList();
    int memory = there.stream().mapToInt(PlacedAgent::memoryMb).sum();
    double cpu = there.stream().mapToDouble(PlacedAgent::cpuWeight).sum();
    return node.standing() == Standing.OPEN
        && node.capabilities().containsAll(needs.capabilities())
        && (needs.memoryMb() == 0 || needs.memoryMb() + memory <= node.capacity().memoryMb())
        && (needs.cpuWeight() == 0
            || needs.cpuWeight() + cpu <= node.capacity().cpuWeight() + 1e-6)
        && needs.antiAffinity().stream()
            .noneMatch(rule -> rule.hard() && concerns(rule, node, there))
        && needs.affinity().stream()
            .allMatch(
                rule ->
                    !rule.hard()
                        || concerns(rule, node, there)
                        || rule.value().equals(world.request().type()));
  }

  private static boolean concerns(Rule rule, PlacementNode node, List<PlacedAgent> there) {
    return switch (rule.target()) {
      case AGENT -> there.stream().anyMatch(agent -> agent.id().equals(rule.value()));
      case TYPE -> there.stream().anyMatch(agent -> agent.type().equals(rule.value()));
      case ZONE -> node.zone().equals(rule.value());
      case NODE -> node.id().equals(rule.value()) || node.name().equals(rule.value());
    };
  }

  @Test
  void shouldFindTheNodeThatIsExplainedAsTheBest() {
    for (int seed = 0; seed < SEEDS; seed++) {
      World world = World.of(Seeds.random(seed));
      Explanation explained = world.explain();
      assertEquals(
          explained.node(),
          Placement.find(world.request(), world.snapshot()).orElse(""),
          "seed " + seed);
      double before = 2;
      for (Candidate candidate : explained.candidates()) {
        assertTrue(candidate.total() <= before, "seed " + seed + ": " + explained);
        before = candidate.total();
      }
      assertEquals(world.nodes().size(), explained.candidates().size());
    }
  }

  @Test
  void shouldNotCareForTheOrderOfNodesAndAgents() {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = Seeds.random(seed);
      World world = World.of(random);
      List<PlacementNode> nodes = new ArrayList<>(world.nodes());
      List<PlacedAgent> agents = new ArrayList<>(world.agents());
      Collections.shuffle(nodes, random);
      Collections.shuffle(agents, random);
      World shuffled = new World(nodes, agents, world.request());
      assertEquals(world.snapshot(), shuffled.snapshot(), "seed " + seed);
      assertEquals(world.explain(), shuffled.explain(), "seed " + seed);
    }
  }

  @Test
  void shouldNeverLowerANodeThatGetsMoreCapacity() {
    int raised = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = Seeds.random(seed);
      World world = World.of(random);
      int grown = random.nextInt(world.nodes().size());
      List<PlacementNode> nodes = new ArrayList<>(world.nodes());
      PlacementNode node = nodes.get(grown);
      nodes.set(
          grown,
          Samples.with(
              node,
              new Capacity(
                  node.capacity().memoryMb() + random.nextInt(2000),
                  node.capacity().cpuWeight() + random.nextInt(40) / 10.0)));
      World larger = new World(nodes, world.agents(), world.request());
      ClusterSnapshot small = world.snapshot().lately(node.id(), 700);
      ClusterSnapshot large = larger.snapshot().lately(node.id(), 700);
      int before = rank(Placement.explain(world.request(), small), node.id());
      int after = rank(Placement.explain(world.request(), large), node.id());
      raised += after < before ? 1 : 0;
      assertTrue(after <= before, "seed " + seed + ": from " + before + " to " + after);
    }
    assertTrue(raised > SEEDS / 50, "capacity raised only " + raised);
  }

  private static int rank(Explanation explained, String node) {
    List<String> order = explained.candidates().stream().map(Candidate::node).toList();
    return order.indexOf(node);
  }

  @Test
  void shouldKeepItsSumsEqualToACountFromScratch() {
    for (int seed = 0; seed < 300; seed++) {
      Random random = Seeds.random(seed);
      World world = World.of(random);
      ClusterSnapshot snapshot = world.snapshot();
      List<PlacedAgent> left = new ArrayList<>(world.agents());
      for (int i = 0; i < 100; i++) {
        if (!left.isEmpty() && random.nextBoolean()) {
          snapshot = snapshot.without(left.remove(random.nextInt(left.size())).id());
        } else if (!left.isEmpty()) {
          PlacedAgent moved = left.remove(random.nextInt(left.size()));
          PlacementNode to = world.nodes().get(random.nextInt(world.nodes().size()));
          PlacedAgent there =
              new PlacedAgent(
                  moved.id(), "moved", to.id(), random.nextInt(90), random.nextDouble());
          left.add(there);
          snapshot = snapshot.with(there);
        }
      }
      assertEquals(
          new World(world.nodes(), left, world.request()).snapshot(), snapshot, "seed " + seed);
    }
  }
}
