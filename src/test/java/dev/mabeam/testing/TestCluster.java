package dev.mabeam.testing;

import dev.mabeam.Mabeam;
import dev.mabeam.MabeamOptions;
import dev.mabeam.Wiring;
import dev.mabeam.bus.Addresses;
import dev.mabeam.link.LinkTransport;
import dev.mabeam.migration.Steps;
import dev.mabeam.membership.ClusterStatus;
import dev.mabeam.membership.NodeInfo;
import dev.mabeam.membership.NodeStatus;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * A cluster of real nodes in this JVM, on loopback and free ports, whose network can be cut and
 * whose nodes can be killed.
 *
 * <pre>{@code
 * try (TestCluster cluster = TestCluster.start(3)) {
 *   cluster.node("n1").verticles().deploy(DeployRequest.of("com.acme.Echo"));
 *   cluster.partition("n3");
 *   …
 *   cluster.heal();
 *   cluster.awaitConverged();
 * }
 * }</pre>
 *
 * <p>The nodes are called {@code n1}, {@code n2}, … and are started through {@link Mabeam} like any
 * other, without HTTP unless the options ask for it. Three of them take about six seconds.
 *
 * <p>A cut loses every message between the two sides, on the link, in the grid and on the event
 * bus, without closing a connection: as a network does that drops packets. A kill is a cut from all
 * others followed by closed ports: as a process that dies, but in this JVM, so the nodes share its
 * processor, its heap and its pauses. For real crashes take processes.
 *
 * <p>One thread drives a test cluster: it is not thread-safe, and its methods block.
 */
public final class TestCluster implements AutoCloseable {
  /** How long any wait may take before it fails, unless a cluster is given more. */
  public static final Duration PATIENCE = Duration.ofSeconds(45);

  private static final Duration POLL = Duration.ofMillis(50);
  private static final long PROBE_MILLIS = 1_000;

  private final String network = UUID.randomUUID().toString();
  private final Cuts cuts = new Cuts();
  private final BusCut busCut = new BusCut(cuts);
  private final Duration patience;
  private final UnaryOperator<MabeamOptions> customise;
  private final Path configDir;
  private final Map<Integer, String> nodeOfLinkPort = new ConcurrentHashMap<>();
  private final Map<String, Integer> blocks = new LinkedHashMap<>();
  private final Map<String, Mabeam> running = new LinkedHashMap<>();

  private TestCluster(Duration patience, UnaryOperator<MabeamOptions> customise) {
    this.patience = patience;
    this.customise = customise;
    this.configDir = writeStack();
    GridCut.register(network, cuts);
  }

  /** Starts {@code n} nodes that found a cluster together, and waits until they have converged. */
  public static TestCluster start(int n) {
    return start(n, options -> options);
  }

  /** The same; {@code customise} may change each node's options, but not its name and ports. */
  public static TestCluster start(int n, UnaryOperator<MabeamOptions> customise) {
    return start(n, PATIENCE, customise);
  }

  /** The same where any wait may take as long as {@code patience}: for many nodes. */
  public static TestCluster start(
      int n, Duration patience, UnaryOperator<MabeamOptions> customise) {
    TestCluster cluster = new TestCluster(patience, customise);
    try {
      List<String> names = new ArrayList<>();
      for (int i = 1; i <= n; i++) {
        names.add("n" + i);
        cluster.reserve("n" + i);
      }
      List<String> seeds = names.stream().map(cluster::linkAddress).toList();
      List<Future<Mabeam>> starts =
          names.stream().map(name -> cluster.launch(name, seeds)).toList();
      for (int i = 0; i < n; i++) {
        cluster.started(names.get(i), starts.get(i));
      }
      cluster.awaitConverged();
      return cluster;
    } catch (RuntimeException | Error failure) {
      cluster.close();
      throw failure;
    }
  }

  /** Starts one more node, or one of a name that was stopped or killed. */
  public Mabeam startNode(String name) {
    reserve(name);
    List<String> seeds = running.keySet().stream().map(this::linkAddress).toList();
    return started(name, launch(name, seeds));
  }

  private void reserve(String name) {
    blocks.computeIfAbsent(name, key -> FreePorts.block());
    nodeOfLinkPort.put(blocks.get(name), name);
  }

  private String linkAddress(String name) {
    return "127.0.0.1:" + blocks.get(name);
  }

  private Future<Mabeam> launch(String name, List<String> seeds) {
    int base = blocks.get(name);
    MabeamOptions options =
        new MabeamOptions()
            .setName(name)
            .setSeeds(seeds)
            .setLinkPort(base)
            .setGridPort(base + 1)
            .setBusPort(base + 2)
            .setHttpPort(-1)
            .setJoinTimeout(patience.minusSeconds(5))
            .setConfigDir(configDir.toString());
    UnaryOperator<LinkTransport> cutting =
        transport ->
            new LinkCut(transport, name, to -> nodeOfLinkPort.getOrDefault(to.port(), ""), cuts);
    return Mabeam.start(
        customise.apply(options), new Wiring(cutting, UnaryOperator.identity(), Steps.NONE));
  }

  private Mabeam started(String name, Future<Mabeam> start) {
    Mabeam node = await("start of " + name, start);
    busCut.attach(name, node.vertx());
    running.put(name, node);
    return node;
  }

  /** The running node of that name. */
  public Mabeam node(String name) {
    Mabeam node = running.get(name);
    if (node == null) {
      throw new IllegalArgumentException("no node " + name + " is running; " + running.keySet());
    }
    return node;
  }

  /** The names of the running nodes, in the order in which they were started. */
  public List<String> names() {
    return List.copyOf(running.keySet());
  }

  /** Stops a node in order: it says goodbye. */
  public void stop(String name) {
    Mabeam node = node(name);
    running.remove(name);
    await("close of " + name, node.close());
  }

  /**
   * Ends a node without a word: nothing that it says any more arrives, and its ports are closed
   * when this returns.
   */
  public void kill(String name) {
    Mabeam node = node(name);
    running.remove(name);
    blocks.keySet().stream()
        .filter(other -> !other.equals(name))
        .forEach(other -> cuts.cut(name, other));
    await("end of " + name, node.close());
    blocks.keySet().forEach(other -> cuts.heal(name, other));
  }

  /** Cuts the nodes of {@code side} off from all others; a further call cuts further. */
  public void partition(String... side) {
    Set<String> one = new TreeSet<>(Arrays.asList(side));
    one.forEach(this::node);
    for (String name : one) {
      running.keySet().stream()
          .filter(other -> !one.contains(other))
          .forEach(other -> cuts.cut(name, other));
    }
  }

  /** Takes back every cut. */
  public void heal() {
    running.keySet().forEach(a -> running.keySet().forEach(b -> cuts.heal(a, b)));
  }

  /**
   * Waits until every running node shows exactly the running nodes as active, under one
   * coordinator, in mode normal, and reaches each of the others over the event bus; and until as
   * many of them vote as should, and nobody else: until then the end of one of them may leave the
   * others unable to decide.
   */
  public void awaitConverged() {
    await(
        "convergence: " + running.keySet(), () -> agree() && decidedByThoseWhoRun() && busFlows());
  }

  private boolean decidedByThoseWhoRun() {
    Set<String> ids = running.values().stream().map(Mabeam::nodeId).collect(Collectors.toSet());
    int wanted = ids.size() == 4 ? 3 : Math.min(ids.size(), 5);
    return running.values().stream()
        .map(node -> node.decisions().voters())
        .allMatch(voters -> voters.size() >= wanted && ids.containsAll(voters));
  }

  private boolean agree() {
    Set<String> ids = running.values().stream().map(Mabeam::nodeId).collect(Collectors.toSet());
    List<ClusterStatus> all = running.values().stream().map(Mabeam::status).toList();
    return all.stream().map(ClusterStatus::coordinator).distinct().count() == 1
        && all.stream()
            .allMatch(
                status ->
                    status.mode().equals(ClusterStatus.NORMAL)
                        && ids.contains(status.coordinator())
                        && active(status).equals(ids));
  }

  private static Set<String> active(ClusterStatus status) {
    return status.nodes().stream()
        .filter(node -> node.status() == NodeStatus.ACTIVE)
        .map(NodeInfo::id)
        .collect(Collectors.toSet());
  }

  private boolean busFlows() {
    List<Future<?>> answers = new ArrayList<>();
    DeliveryOptions soon = new DeliveryOptions().setSendTimeout(PROBE_MILLIS);
    for (Mabeam from : running.values()) {
      for (Mabeam to : running.values()) {
        answers.add(
            from.vertx()
                .eventBus()
                .request(
                    Addresses.node(to.nodeId(), "event", "log"),
                    new JsonObject().put("limit", 0),
                    soon));
      }
    }
    try {
      result(Future.all(answers));
      return true;
    } catch (ExecutionException notYet) {
      return false;
    } catch (TimeoutException never) {
      throw new AssertionError("requests over the event bus do not end", never);
    }
  }

  /** Waits until {@code node} shows the node {@code other} in that status. */
  public void awaitStatus(String node, String other, NodeStatus status) {
    await(
        node + " shows " + other + " as " + status.json(),
        () ->
            node(node).status().nodes().stream()
                .anyMatch(info -> info.name().equals(other) && info.status() == status));
  }

  /** Waits until {@code condition} holds; an AssertionError names {@code what} if it never does. */
  public void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("waited in vain for " + what + "; " + describe());
      }
      try {
        Thread.sleep(POLL.toMillis());
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted while waiting for " + what, stop);
      }
    }
  }

  /** The result of {@code future}; an AssertionError names {@code what} if it fails or is late. */
  public <T> T await(String what, Future<T> future) {
    try {
      return result(future);
    } catch (ExecutionException failure) {
      throw new AssertionError(what + " failed: " + failure.getCause(), failure.getCause());
    } catch (TimeoutException late) {
      throw new AssertionError("waited in vain for " + what, late);
    }
  }

  private <T> T result(Future<T> future) throws ExecutionException, TimeoutException {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", stop);
    }
  }

  private String describe() {
    return running.entrySet().stream()
        .map(
            entry ->
                entry.getKey() + " sees "
                    + entry.getValue().status().nodes().stream()
                        .map(node -> node.id() + " " + node.status().json())
                        .collect(Collectors.joining(", "))
                    + " (" + entry.getValue().status().mode() + ", view "
                    + entry.getValue().status().view() + ", coordinator "
                    + entry.getValue().status().coordinator() + ", voters "
                    + entry.getValue().decisions().voters() + ")")
        .collect(Collectors.joining("; "));
  }

  /** Closes every node, the last one first, and removes what was written. */
  @Override
  public void close() {
    heal();
    List<String> names = new ArrayList<>(running.keySet());
    for (int i = names.size() - 1; i >= 0; i--) {
      stop(names.get(i));
    }
    GridCut.forget(network);
    try {
      Files.deleteIfExists(configDir.resolve("jgroups-tcp.xml"));
      Files.deleteIfExists(configDir);
    } catch (IOException kept) {
      throw new UncheckedIOException(kept);
    }
  }

  /** The stack that every node has, with the layer for cuts right above the transport. */
  private Path writeStack() {
    try (InputStream in = Mabeam.class.getResourceAsStream("/conf/jgroups-tcp.xml")) {
      String stack = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      Path directory = Files.createTempDirectory("mabeam-test-cluster");
      Files.writeString(directory.resolve("jgroups-tcp.xml"), GridCut.into(stack, network));
      return directory;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
