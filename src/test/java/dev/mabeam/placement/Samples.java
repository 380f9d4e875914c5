package dev.mabeam.placement;

import dev.mabeam.membership.Capacity;
import dev.mabeam.placement.Rule.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Nodes, agents and requests to place, made by hand or from a seed. */
final class Samples {
  private static final List<String> WORDS = List.of("gpu", "ssd", "arm");
  private static final List<String> ZONES = List.of("east", "west", "north");
  private static final List<String> TYPES = List.of("counter", "reader", "pricing");

  private Samples() {}

  /** An idle, open node of 1000 MB and 4 cores, in zone east, next to the one that places. */
  static PlacementNode node(String name) {
    return new PlacementNode(
        name + "#1", name, "east", Set.of(), new Capacity(1000, 4), 0, Standing.OPEN, 0);
  }

  static PlacementNode with(PlacementNode node, Capacity capacity) {
    return new PlacementNode(
        node.id(), node.name(), node.zone(), node.capabilities(), capacity, node.load(),
        node.standing(), node.distance());
  }

  static PlacementNode loaded(PlacementNode node, double load) {
    return new PlacementNode(
        node.id(), node.name(), node.zone(), node.capabilities(), node.capacity(), load,
        node.standing(), node.distance());
  }

  static PlacementNode far(PlacementNode node, String zone, int distance) {
    return new PlacementNode(
        node.id(), node.name(), zone, node.capabilities(), node.capacity(), node.load(),
        node.standing(), distance);
  }

  static PlacementNode capable(PlacementNode node, String... capabilities) {
    return new PlacementNode(
        node.id(), node.name(), node.zone(), Set.of(capabilities), node.capacity(), node.load(),
        node.standing(), node.distance());
  }

  static ClusterSnapshot cluster(PlacementNode... nodes) {
    return ClusterSnapshot.EMPTY.withNodes(List.of(nodes));
  }

  static Requirements needs(int memoryMb, double cpuWeight, String... capabilities) {
    return new Requirements(
        memoryMb, cpuWeight, List.of(capabilities), List.of(), List.of(), List.of(), List.of());
  }

  static Requirements affinity(Rule... rules) {
    return new Requirements(
        0, 0, List.of(), List.of(), List.of(), List.of(rules), List.of());
  }

  static Requirements antiAffinity(Rule... rules) {
    return new Requirements(
        0, 0, List.of(), List.of(), List.of(), List.of(), List.of(rules));
  }

  static PlacementRequest request(String id, Requirements needs) {
    return new PlacementRequest(id, "counter", needs);
  }

  static PlacedAgent agent(String id, String type, String node) {
    return new PlacedAgent(id, type, node, 0, 0);
  }

  static List<PlacementNode> nodes(Random random) {
    List<PlacementNode> nodes = new ArrayList<>();
    int count = 1 + random.nextInt(7);
    for (int i = 0; i < count; i++) {
      String name = "n" + i;
      nodes.add(
          new PlacementNode(
              name + "#" + (1 + random.nextInt(20)),
              name,
              any(ZONES, random),
              Set.copyOf(some(WORDS, random)),
              new Capacity(random.nextInt(4000), random.nextInt(80) / 10.0),
              random.nextDouble(),
              random.nextInt(4) > 0
                  ? Standing.OPEN
                  : Standing.values()[random.nextInt(Standing.values().length)],
              random.nextInt(11)));
    }
    return nodes;
  }

  static List<PlacedAgent> agents(List<PlacementNode> nodes, Random random) {
    List<PlacedAgent> agents = new ArrayList<>();
    int count = random.nextInt(60);
    for (int i = 0; i < count; i++) {
      agents.add(
          new PlacedAgent(
              "a" + i,
              any(TYPES, random),
              random.nextInt(10) == 0 ? "lost#9" : any(nodes, random).id(),
              random.nextInt(200),
              random.nextInt(30) / 100.0));
    }
    return agents;
  }

  static PlacementRequest request(List<PlacementNode> nodes, Random random) {
    return new PlacementRequest(
        random.nextInt(3) == 0 ? "" : "a" + random.nextInt(80),
        any(TYPES, random),
        new Requirements(
            random.nextBoolean() ? 0 : random.nextInt(800),
            random.nextBoolean() ? 0 : random.nextInt(200) / 100.0,
            random.nextInt(3) == 0 ? some(WORDS, random) : List.of(),
            some(WORDS, random),
            random.nextInt(3) == 0 ? List.of(any(nodes, random).name()) : List.of(),
            rules(nodes, random),
            rules(nodes, random)));
  }

  private static List<Rule> rules(List<PlacementNode> nodes, Random random) {
    List<Rule> rules = new ArrayList<>();
    while (random.nextInt(3) > 0) {
      Target target = Target.values()[random.nextInt(Target.values().length)];
      String value =
          switch (target) {
            case AGENT -> "a" + random.nextInt(60);
            case TYPE -> any(TYPES, random);
            case ZONE -> any(ZONES, random);
            case NODE -> any(nodes, random).id();
          };
      rules.add(new Rule(target, value, 0.1 + random.nextDouble() * 5, random.nextInt(6) == 0));
    }
    return rules;
  }

  private static <T> T any(List<T> of, Random random) {
    return of.get(random.nextInt(of.size()));
  }

  private static List<String> some(List<String> of, Random random) {
    return of.stream().filter(each -> random.nextBoolean()).toList();
  }
}
