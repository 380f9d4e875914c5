package dev.mabeam.recovery;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.agent.AgentMoves;
import dev.mabeam.agent.AgentSpec;
import dev.mabeam.agent.Agents;
import dev.mabeam.agent.Arrival;
import dev.mabeam.agent.Departure;
import dev.mabeam.agent.Places;
import dev.mabeam.agent.ShownAgents;
import dev.mabeam.checkpoint.Checkpoint;
import dev.mabeam.checkpoint.CheckpointSet;
import dev.mabeam.consensus.FixedMembers;
import dev.mabeam.consensus.Members;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.event.ClusterEvent;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.Member;
import dev.mabeam.testing.sim.SimNode;
import dev.mabeam.testing.sim.Simulation;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Nodes that recover agents by a directory, members and places which a test plays. */
final class OrphanWorld {
  private static final Duration DECIDING = Duration.ofMillis(5);
  private static final Duration STARTING = Duration.ofMillis(50);

  final Simulation sim = new Simulation(1);
  final TreeMap<String, AgentInfo> directory = new TreeMap<>();
  final Set<String> inactive = new HashSet<>();
  final Set<String> full = new HashSet<>();
  final Set<String> failsToStart = new HashSet<>();
  final Set<String> lost = new HashSet<>();
  final Map<String, String> askedBy = new HashMap<>();
  /** Where agents would be clearly better. */
  final Map<String, String> better = new HashMap<>();
  final List<String> moves = new ArrayList<>();
  String drained;
  boolean allThinkTheyAreFirst;
  boolean serving = true;
  int unknown;
  int asked;
  int decisions;
  int refusals;
  private final List<Node> nodes = new ArrayList<>();
  private final TreeMap<Long, Member> members = new TreeMap<>();
  private long index = 100;

  OrphanWorld(int size) {
    for (int i = 1; i <= size; i++) {
      LinkAddress address = new LinkAddress("n" + i, 1);
      members.put((long) i, new Member("n" + i, i, address, address, address, "boot" + i));
    }
    for (Member member : List.copyOf(members.values())) {
      nodes.add(new Node(member.id(), sim.start(member.name())));
    }
  }

  final class Node {
    final String id;
    final SimNode machine;
    final Recovery recovery;
    final List<ClusterEvent> events = new ArrayList<>();
    final Map<String, String> reserved = new HashMap<>();
    private final List<Runnable> listeners = new ArrayList<>();

    Node(String id, SimNode machine) {
      this.id = id;
      this.machine = machine;
      recovery =
          Recovery.create(
              new RecoveryContext(
                  id,
                  new Played(this),
                  copy(),
                  new Room(this),
                  OrphanWorld.this::members,
                  other -> !inactive.contains(other) && !allThinkTheyAreFirst,
                  () -> serving,
                  this::move,
                  events::add,
                  machine.scheduler()));
      recovery.start();
    }

    /** Takes a second. */
    private Future<Void> move(String agent, String to) {
      moves.add(agent + " to " + to);
      Promise<Void> moved = Promise.promise();
      machine
          .scheduler()
          .after(
              Duration.ofSeconds(1),
              () -> {
                OrphanWorld.this.deploy(agent, to);
                moved.complete();
              });
      return moved.future();
    }
  }

  Node node(int number) {
    return nodes.get(number);
  }

  void deploy(String id, String node) {
    directory.put(id, info(id, node, ++index, ""));
  }

  private static AgentInfo info(String id, String node, long epoch, String why) {
    return new AgentInfo(
        AgentSpec.of(id, "counter"),
        node,
        epoch,
        node.isEmpty() ? AgentInfo.Status.UNAVAILABLE : AgentInfo.Status.ACTIVE,
        1,
        CheckpointSet.NONE,
        why);
  }

  AgentInfo info(String id) {
    return directory.get(id);
  }

  String owner(String id) {
    return directory.get(id).node();
  }

  Map<String, Long> perNode() {
    return directory.values().stream()
        .collect(Collectors.groupingBy(AgentInfo::node, Collectors.counting()));
  }

  List<ClusterEvent> events() {
    return nodes.stream().flatMap(node -> node.events.stream()).toList();
  }

  /** It is decided that the node is gone. */
  void gone(String id) {
    members.values().removeIf(member -> member.id().equals(id));
    nodes.stream().filter(node -> node.id.equals(id)).forEach(node -> node.recovery.close());
    directory.replaceAll(
        (name, agent) ->
            agent.node().equals(id) ? info(name, "", agent.epoch(), "") : agent);
    changed();
  }

  void changed() {
    nodes.forEach(
        node ->
            node.machine
                .scheduler()
                .execute(() -> List.copyOf(node.listeners).forEach(Runnable::run)));
  }

  /** What nodes have reserved for agents that went elsewhere, and was not given up. */
  Map<String, String> reservedInVain() {
    Map<String, String> vain = new TreeMap<>();
    nodes.forEach(
        node ->
            node.reserved.forEach(
                (agent, place) -> {
                  if (!owner(agent).equals(place)) {
                    vain.put(node.id + " for " + agent, place);
                  }
                }));
    return vain;
  }

  Members members() {
    return new FixedMembers(List.copyOf(members.values()));
  }

  private Agents copy() {
    return new ShownAgents() {
      @Override
      public List<AgentInfo> list() {
        return List.copyOf(directory.values());
      }

      @Override
      public Optional<AgentInfo> get(String id) {
        return Optional.ofNullable(directory.get(id));
      }
    };
  }

  /** What the directory would do. */
  private final class Played implements AgentMoves {
    private final Node node;

    Played(Node node) {
      this.node = node;
    }

    @Override
    public Future<Long> recover(String id, long epoch, String toNode, boolean acceptLoss) {
      asked++;
      Promise<Long> promise = Promise.promise();
      node.machine
          .scheduler()
          .after(
              DECIDING,
              () -> {
                try {
                  if (unknown > 0) {
                    unknown--;
                    throw new MabeamException(ErrorCode.TIMEOUT, "nobody knows");
                  }
                  promise.complete(decide(id, epoch, toNode, acceptLoss));
                } catch (MabeamException refused) {
                  refusals++;
                  promise.fail(refused);
                }
              });
      return promise.future();
    }

    private long decide(String id, long epoch, String toNode, boolean acceptLoss) {
      AgentInfo agent = directory.get(id);
      if (agent.epoch() != epoch) {
        throw new MabeamException(ErrorCode.STALE_EPOCH, "not that epoch");
      }
      if (lost.contains(id) && !acceptLoss) {
        throw new MabeamException(ErrorCode.UNAVAILABLE, "its state is uncertain");
      }
      decisions++;
      askedBy.put(id, node.id);
      long next = ++index;
      directory.put(id, info(id, toNode, next, ""));
      changed();
      if (failsToStart.contains(toNode)) {
        sim.after(
            STARTING,
            () -> {
              directory.put(id, info(id, "", next, "it did not start"));
              changed();
            });
      }
      return next;
    }

    @Override
    public Future<Void> unavailable(String id, long epoch, String why) {
      directory.put(id, info(id, "", epoch, why));
      changed();
      return Future.succeededFuture();
    }

    @Override
    public Future<Optional<AgentInfo>> decided(String id) {
      return Future.succeededFuture(Optional.ofNullable(directory.get(id)));
    }

    @Override
    public List<AgentInfo> ownerless() {
      return directory.values().stream()
          .filter(agent -> agent.node().isEmpty() && !lost.contains(agent.id()))
          .toList();
    }

    @Override
    public void onChange(Runnable listener) {
      node.listeners.add(listener);
    }

    @Override
    public Future<Departure> depart(String id) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<Arrival> arrive(AgentSpec spec, long epoch, Checkpoint carried) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<Long> flip(String id, long epoch, String toNode) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<Void> cordon(String node, boolean drained) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<Void> uncordon(String node) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Set<String> cordoned() {
      return Set.of();
    }

    @Override
    public Optional<String> drained() {
      return Optional.ofNullable(drained);
    }
  }

  /** The member with the fewest agents, also counting those that have a place and no decision. */
  private final class Room implements Places {
    private final Node node;

    Room(Node node) {
      this.node = node;
    }

    @Override
    public String choose(AgentSpec spec, Set<String> without) {
      Map<String, Long> taken = new HashMap<>(perNode());
      node.reserved.forEach(
          (agent, place) -> {
            if (!owner(agent).equals(place)) {
              taken.merge(place, 1L, Long::sum);
            }
          });
      String chosen =
          members.values().stream()
              .map(Member::id)
              .filter(id -> !without.contains(id) && !full.contains(id))
              .min(
                  (a, b) -> {
                    int byCount =
                        Long.compare(taken.getOrDefault(a, 0L), taken.getOrDefault(b, 0L));
                    return byCount != 0 ? byCount : a.compareTo(b);
                  })
              .orElseThrow(
                  () -> new MabeamException(ErrorCode.NO_SUITABLE_NODES, "all are full"));
      node.reserved.put(spec.id(), chosen);
      return chosen;
    }

    @Override
    public void reserve(AgentSpec spec, String nodeId) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void requireRoom(AgentSpec spec, String nodeId) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Optional<String> better(AgentSpec spec, String nodeId) {
      return Optional.ofNullable(better.get(spec.id())).filter(best -> !best.equals(nodeId));
    }

    @Override
    public void givenUp(String id) {
      node.reserved.remove(id);
    }
  }
}
