package dev.mabeam.membership;

import dev.mabeam.bus.Bus;
import dev.mabeam.event.EventLog;
import dev.mabeam.event.Events;
import dev.mabeam.event.LoggedEvent;
import dev.mabeam.link.Admission;
import dev.mabeam.link.Link;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.LinkOptions;
import dev.mabeam.link.OldestMemberRegistrar;
import dev.mabeam.link.SeedSource;
import dev.mabeam.testing.sim.SimBus;
import dev.mabeam.testing.sim.SimGrid;
import dev.mabeam.testing.sim.SimLinkTransport;
import dev.mabeam.testing.sim.SimNode;
import dev.mabeam.testing.sim.Simulation;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/** A simulated cluster of production links and memberships. */
final class SimMembers {
  static final Duration SETTLE = Duration.ofSeconds(60);

  /** One life of one node. */
  static final class Node {
    final SimNode host;
    final Link link;
    SimGrid.Seat seat;
    Events events;
    Membership membership;
    Throwable failure;

    Node(SimNode host, Link link) {
      this.host = host;
      this.link = link;
    }

    boolean isIn() {
      return membership != null;
    }

    String id() {
      return membership.self().id();
    }

    NodeStatus sees(String name) {
      return membership.node(name).map(NodeInfo::status).orElse(null);
    }
  }

  final Simulation sim;
  final SimGrid grid;
  private final Topology topology;
  private final Function<VerdictRules.Sight, NodeStatus> rules;
  private final Map<String, Node> nodes = new LinkedHashMap<>();
  /** Every node event that any node published, in the order of publishing. */
  final List<LoggedEvent> published = new ArrayList<>();

  SimMembers(long seed, Topology topology, Function<VerdictRules.Sight, NodeStatus> rules) {
    this.rules = rules;
    this.sim = new Simulation(seed);
    this.grid = new SimGrid(sim);
    this.topology = topology;
  }

  /** {@code n1} to {@code n<size>}, started, each seeing all others active. */
  static SimMembers of(int size, long seed, Topology topology) {
    return of(size, seed, topology, VerdictRules::judge);
  }

  /** As above, with other rules for verdicts. */
  static SimMembers of(
      int size, long seed, Topology topology, Function<VerdictRules.Sight, NodeStatus> rules) {
    SimMembers cluster = new SimMembers(seed, topology, rules);
    for (int i = 1; i <= size; i++) {
      cluster.start("n" + i);
      cluster.await(() -> cluster.node(cluster.nodes.size()).isIn(), "the newest node is in");
    }
    cluster.awaitQuiet();
    return cluster;
  }

  private Node node(int number) {
    return nodes.get("n" + number);
  }

  Node node(String name) {
    return nodes.get(name);
  }

  Collection<Node> nodes() {
    return nodes.values();
  }

  /** Those that have a process and are in the cluster. */
  List<Node> alive() {
    return nodes.values().stream().filter(node -> node.host.up() && node.isIn()).toList();
  }

  /** Starts a node, or starts it again; n1 founds. */
  Node start(String name) {
    SimNode host = sim.start(name);
    LinkAddress address = new LinkAddress(name, LinkAddress.DEFAULT_PORT);
    boolean founds = nodes.isEmpty();
    List<LinkAddress> seeds =
        founds
            ? List.of()
            : Stream.of("n1", "n2", "n3")
                .map(seed -> new LinkAddress(seed, LinkAddress.DEFAULT_PORT))
                .toList();
    Link link =
        Link.create(
            new LinkOptions(
                name, address, new LinkAddress(name, 7800), new LinkAddress(name, 7801),
                Duration.ofMinutes(10)),
            SimLinkTransport.of(host),
            SeedSource.fixed(seeds),
            host.scheduler(),
            host.random());
    OldestMemberRegistrar.serve(link, host.scheduler());
    Node node = new Node(host, link);
    nodes.put(name, node);
    link.join().onSuccess(in -> enter(node, in)).onFailure(failure -> node.failure = failure);
    return node;
  }

  private void enter(Node node, Admission in) {
    SimNode host = node.host;
    node.seat = grid.join(host);
    Bus bus = SimBus.of(host);
    node.events = new Events(in.self().id(), bus, host.scheduler(), new EventLog(1_000));
    node.events.log().onAdd(event -> note(in.self().id(), event));
    node.membership =
        Membership.create(
            new MembershipOptions(
                in.clusterId(), in.self(), List.of(), new Capacity(64, 1), "default", topology,
                "test"),
            new MembershipContext(
                node.seat.views(),
                node.seat.knowledge("mabeam.nodes"),
                Peers.of(node.link, host.scheduler()),
                bus,
                node.events,
                host.scheduler(),
                host.random(),
                () -> Load.IDLE,
                () -> 0),
            rules);
    node.events.start().compose(started -> node.membership.start());
  }

  private void note(String at, LoggedEvent event) {
    if (event.origin().equals(at) && event.type().startsWith("node.")) {
      published.add(event);
    }
  }

  /** Says goodbye on every channel, in the order in which a node does, and ends the process. */
  Future<Void> leave(String name) {
    Node node = nodes.get(name);
    return node.membership
        .leave()
        .compose(told -> node.link.leave())
        .onSuccess(
            gone -> {
              node.seat.leave();
              node.host.crash();
            });
  }

  void crash(String name) {
    nodes.get(name).host.crash();
  }

  /** Cuts every way between the two sides. */
  void cut(List<String> side, List<String> other) {
    side.forEach(a -> other.forEach(b -> sim.network().cut(a, b)));
  }

  void await(BooleanSupplier condition, String what) {
    if (!sim.runUntil(condition, SETTLE)) {
      throw new AssertionError(
          "seed " + sim.seed() + ": not within " + SETTLE + ": " + what + "\n" + describe());
    }
  }

  /** Waits until all living nodes show the same table, in which they are all active. */
  void awaitQuiet() {
    await(this::isQuiet, "all tables are equal, and all living nodes active in them");
  }

  /** Whether each node that was ever started lives and is in the cluster. */
  boolean everybodyIsIn() {
    return nodes.values().stream().allMatch(node -> node.host.up() && node.isIn());
  }

  /** As {@link #awaitQuiet}, whether or not the caches take writes. */
  void awaitAgreed() {
    await(this::isAgreed, "all tables are equal, and all living nodes active in them");
  }

  boolean isAgreed() {
    List<Node> alive = alive();
    TreeSet<String> ids = new TreeSet<>(alive.stream().map(Node::id).toList());
    return alive.stream().map(SimMembers::table).distinct().count() == 1
        && alive.stream().allMatch(node -> active(node).equals(ids));
  }

  boolean isQuiet() {
    return isAgreed()
        && alive().stream()
            .allMatch(
                node -> node.membership.status().mode().equals(ClusterStatus.NORMAL));
  }

  /** What has to be equal everywhere: who is there, and how. */
  static Map<String, NodeStatus> table(Node node) {
    Map<String, NodeStatus> table = new LinkedHashMap<>();
    node.membership.nodes().forEach(info -> table.put(info.id(), info.status()));
    return table;
  }

  private static TreeSet<String> active(Node node) {
    TreeSet<String> ids = new TreeSet<>();
    table(node).forEach((id, status) -> {
      if (status == NodeStatus.ACTIVE) {
        ids.add(id);
      }
    });
    return ids;
  }

  /** How often {@code type} was published about {@code node}, by anybody. */
  long published(String type, String node) {
    return published.stream()
        .filter(event -> event.type().equals(type))
        .filter(event -> node.equals(event.fields().getString("node")))
        .count();
  }

  void eachAlive(Consumer<Node> task) {
    alive().forEach(task);
  }

  String describe() {
    JsonObject text = new JsonObject();
    eachAlive(
        node ->
            text.put(
                node.id(),
                node.membership.status().mode() + " " + node.membership.status().view() + " "
                    + table(node)));
    List<String> failures =
        nodes.values().stream().filter(n -> n.failure != null).map(n -> "" + n.failure).toList();
    return text.encodePrettily() + "\n" + published.stream().map(LoggedEvent::toJson).toList()
        + "\n" + failures;
  }
}
