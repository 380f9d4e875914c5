package dev.mabeam.testing;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * A cluster of nodes in processes of their own, each with its HTTP API: what {@code mabeam node}
 * starts, on loopback and free ports, or each in a network namespace that can be cut off
 * ({@link #startApart}, which needs root). They can be killed and paused like any process, and
 * commanded with {@link #mabeam}.
 *
 * <p>In a checkout of mabeam they are started by {@code bin/mabeam}, elsewhere from this JVM's
 * class path. A node ends in order when {@link #close()} is called, and by itself when this JVM
 * ends in any way. One thread drives a cluster; its methods block.
 */
public final class ProcessCluster implements AutoCloseable, Nemesis.Victims {
  /** How long any wait may take before it fails. */
  public static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final long POLL_MILLIS = 50;
  private static final Duration CALL = Duration.ofSeconds(15);

  /** What a command ended with. */
  public record Result(int exit, String out, String err) {}

  private record Node(int block, Process process, Path log) {}

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(CALL).build();
  private final Map<String, Node> nodes = new LinkedHashMap<>();
  /** What holds each of those that are paused, as long as its input is open. */
  private final Map<String, Process> paused = new LinkedHashMap<>();
  private final List<String> arguments;
  private final Path directory;
  private final Namespaces network;
  private final boolean keeps;

  private ProcessCluster(List<String> arguments, Namespaces network, boolean keeps) {
    this.arguments = arguments;
    this.network = network;
    this.keeps = keeps;
    try {
      this.directory = Files.createTempDirectory("process-cluster");
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /**
   * Starts {@code n} nodes {@code n1}, {@code n2}, … which found a cluster together, and waits until
   * they have.
   *
   * @param arguments further ones of {@code mabeam node}, for every node
   */
  public static ProcessCluster start(int n, String... arguments) {
    return start(n, new ProcessCluster(List.of(arguments), null, false));
  }

  /** The same with a {@link #dataDirectory} for each node, so that they can {@link #restart}. */
  public static ProcessCluster startKeeping(int n, String... arguments) {
    return start(n, new ProcessCluster(List.of(arguments), null, true));
  }

  /**
   * The same with each node in a network namespace of its own, so that {@link #cut} is a real cut.
   * {@link Namespaces#unavailable} says whether that is possible here. HTTP stays inside the
   * namespace: ask with {@link #get} and {@link #mabeam}.
   */
  public static ProcessCluster startApart(int n, String... arguments) {
    return startApart(n, false, arguments);
  }

  /** {@link #startApart}, and {@link #startKeeping}. */
  public static ProcessCluster startApartKeeping(int n, String... arguments) {
    return startApart(n, true, arguments);
  }

  private static ProcessCluster startApart(int n, boolean keeps, String... arguments) {
    String[] names = new String[n];
    Arrays.setAll(names, i -> "n" + (i + 1));
    return start(n, new ProcessCluster(List.of(arguments), Namespaces.of(names), keeps));
  }

  private static ProcessCluster start(int n, ProcessCluster cluster) {
    int[] blocks = new int[n];
    Arrays.setAll(blocks, i -> FreePorts.block());
    List<String> seeds = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      seeds.add(cluster.host("n" + (i + 1)) + ":" + blocks[i]);
    }
    try {
      for (int i = 0; i < n; i++) {
        cluster.launch("n" + (i + 1), blocks[i], seeds);
      }
      cluster.await("convergence of " + n + " nodes", () -> cluster.allRun() && cluster.agree());
      return cluster;
    } catch (RuntimeException | Error failure) {
      cluster.close();
      throw failure;
    }
  }

  /** Starts one more node, or one of a name that has ended; it does not wait for it. */
  public void startNode(String name) {
    launch(name, FreePorts.block(), seeds());
  }

  /** Starts a node that has ended, where it was and with what it has kept; it does not wait. */
  public void restart(String name) {
    launch(name, block(name), seeds());
  }

  /** Starts it again where it was, unless it runs; it does not wait. */
  @Override
  public void start(String node) {
    if (!names().contains(node)) {
      restart(node);
    }
  }

  private List<String> seeds() {
    List<String> seeds = new ArrayList<>();
    nodes.forEach((seed, node) -> seeds.add(host(seed) + ":" + node.block()));
    return seeds;
  }

  /** Where {@code node} keeps what it keeps; see {@link #startKeeping}. */
  public Path dataDirectory(String node) {
    return directory.resolve(node + ".data");
  }

  private String host(String node) {
    return network == null ? "127.0.0.1" : network.address(node);
  }

  /** {@code command} as it has to be started to reach {@link #url} of {@code node}. */
  public List<String> near(String node, List<String> command) {
    return network == null ? command : network.inside(node, command);
  }

  private void launch(String name, int block, List<String> seeds) {
    List<String> command = new ArrayList<>(near(name, command()));
    command.addAll(List.of("node", "--stop-with-parent", "--name", name));
    command.addAll(ports(block));
    command.addAll(List.of("--bind", host(name)));
    seeds.forEach(seed -> command.addAll(List.of("--seed", seed)));
    command.addAll(arguments);
    if (keeps) {
      command.addAll(List.of("--data-dir", dataDirectory(name).toString()));
    }
    Path log = directory.resolve(name + ".log");
    try {
      ProcessBuilder builder =
          builder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      nodes.put(name, new Node(block, builder.start(), log));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Options of {@code mabeam node} that give it the ports from {@code block} on. */
  private static List<String> ports(int block) {
    return List.of(
        "--link-port", "" + block,
        "--grid-port", "" + (block + 1),
        "--bus-port", "" + (block + 2),
        "--http-port", "" + (block + 3));
  }

  private static List<String> command() {
    Path launcher = Path.of("bin/mabeam").toAbsolutePath();
    return Files.isExecutable(launcher)
        ? List.of(launcher.toString())
        : List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx192m",
            "-Djava.net.preferIPv4Stack=true",
            "-cp", System.getProperty("java.class.path"), "dev.mabeam.cli.MabeamCli");
  }

  private static ProcessBuilder builder(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(key -> key.startsWith("MABEAM_"));
    builder
        .environment()
        .put("MABEAM_JAVA_OPTS", "-Xmx192m -XX:+UseSerialGC -XX:TieredStopAtLevel=1");
    return builder;
  }

  /** Runs a command against {@code node}, such as {@code verticles list}. */
  public Result mabeam(String node, String... words) {
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--url", url(node)));
    List<String> command = new ArrayList<>(command());
    command.addAll(all);
    return call(Map.of(), near(node, command));
  }

  /**
   * Runs any command of {@code mabeam}; one that does not end by itself is ended after
   * {@link #PATIENCE}.
   */
  public static Result run(Map<String, String> environment, String... words) {
    List<String> command = new ArrayList<>(command());
    command.addAll(List.of(words));
    return call(environment, command);
  }

  private static Result call(Map<String, String> environment, List<String> command) {
    try {
      Path out = Files.createTempFile("mabeam", ".out");
      Path err = Files.createTempFile("mabeam", ".err");
      ProcessBuilder builder = builder(command);
      builder.environment().putAll(environment);
      Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
      boolean ended = process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (!ended) {
        process.destroyForcibly().waitFor();
      }
      Result result =
          new Result(process.exitValue(), Files.readString(out), Files.readString(err));
      Files.delete(out);
      Files.delete(err);
      if (!ended) {
        throw new AssertionError(String.join(" ", command) + " did not end: " + result);
      }
      return result;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (InterruptedException stop) {
      throw interrupted(stop);
    }
  }

  /** Where {@code node} serves HTTP. */
  public String url(String node) {
    return "http://127.0.0.1:" + (block(node) + 3);
  }

  /** The port of {@code node}'s link, which seeds name; grid, bus and HTTP have the next three. */
  public int linkPort(String node) {
    return block(node);
  }

  private int block(String node) {
    return nodes.get(node).block();
  }

  /** The names of the nodes that run, in the order in which they were started. */
  public List<String> names() {
    return nodes.entrySet().stream()
        .filter(entry -> entry.getValue().process().isAlive())
        .map(Map.Entry::getKey)
        .toList();
  }

  /** SIGKILL. */
  @Override
  public void kill(String node) {
    try {
      nodes.get(node).process().destroyForcibly().waitFor();
      resume(node);
    } catch (InterruptedException stop) {
      throw interrupted(stop);
    }
  }

  /** SIGTERM: the node is told to end, and does so in its own time; see {@link #awaitExit}. */
  public void terminate(String node) {
    signal("-TERM", node);
  }

  /** Waits until the process of {@code node} has ended, and says with which code. */
  public int awaitExit(String node) {
    Process process = nodes.get(node).process();
    await(node + " to end", () -> !process.isAlive());
    return process.exitValue();
  }

  /**
   * SIGSTOP: the process is there, and does nothing, until {@link #resume}, {@link #close} or the
   * end of this JVM, however that ends: a process that is stopped could not end by itself.
   */
  @Override
  public void pause(String node) {
    if (paused.containsKey(node)) {
      return;
    }
    long pid = nodes.get(node).process().pid();
    String hold = "kill -STOP " + pid + " && echo stopped; read -r end; kill -CONT " + pid;
    try {
      Process holder = new ProcessBuilder("sh", "-c", hold).redirectErrorStream(true).start();
      paused.put(node, holder);
      if (!"stopped".equals(holder.inputReader().readLine())) {
        throw new IllegalStateException(node + " cannot be paused: it has ended");
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** SIGCONT. */
  @Override
  public void resume(String node) {
    Process holder = paused.remove(node);
    if (holder == null) {
      return;
    }
    try {
      holder.getOutputStream().close();
      holder.waitFor();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (InterruptedException stop) {
      throw interrupted(stop);
    }
  }

  /** Cuts these nodes off from the others, silently; those that are cut off see each other. */
  public void cut(String... side) {
    requireApart().cut(side);
  }

  @Override
  public void cut(String node) {
    cut(new String[] {node});
  }

  /** What {@code from} sends to {@code to} is lost from now on; the other way still works. */
  @Override
  public void cutOneWay(String from, String to) {
    requireApart().cutOneWay(from, to);
  }

  /** Ends every cut. */
  @Override
  public void heal() {
    requireApart().heal();
  }

  private Namespaces requireApart() {
    if (network == null) {
      throw new IllegalStateException("nodes on loopback cannot be cut off: use startApart");
    }
    return network;
  }

  private void signal(String signal, String node) {
    try {
      long pid = nodes.get(node).process().pid();
      new ProcessBuilder("kill", signal, "" + pid).inheritIO().start().waitFor();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (InterruptedException stop) {
      throw interrupted(stop);
    }
  }

  /**
   * Waits until every running node is ready and shows the same view, with exactly them active, and
   * as many of them vote as should, and nobody else: until then the end of one of them may leave the
   * others unable to decide.
   */
  public void awaitConverged() {
    await("convergence of " + names(), this::agree);
  }

  /** Nodes that end while the cluster forms will not come back: there is no point in waiting. */
  private boolean allRun() {
    if (names().size() < nodes.size()) {
      throw new AssertionError("a node ended while the cluster formed" + logs());
    }
    return true;
  }

  private boolean agree() {
    List<String> names = names();
    Set<String> views = new HashSet<>();
    for (String name : names) {
      JsonObject cluster = ready(name) ? get(name, "/api/v1/cluster") : null;
      boolean all = cluster != null && active(cluster).equals(Set.copyOf(names));
      if (!all || !decidedBy(names, cluster)) {
        return false;
      }
      views.add(cluster.getString("id") + "/" + cluster.getLong("view"));
    }
    return views.size() == 1;
  }

  private static boolean decidedBy(List<String> names, JsonObject cluster) {
    int wanted = names.size() == 4 ? 3 : Math.min(names.size(), 5);
    List<String> voters =
        cluster.getJsonObject("consensus").getJsonArray("voters").stream()
            .map(id -> ((String) id).replaceAll("#.*", ""))
            .toList();
    return voters.size() >= wanted && names.containsAll(voters);
  }

  private static Set<String> active(JsonObject cluster) {
    Set<String> active = new HashSet<>();
    for (Object entry : cluster.getJsonArray("nodes", new JsonArray())) {
      JsonObject node = (JsonObject) entry;
      if ("active".equals(node.getString("status"))) {
        active.add(node.getString("name"));
      }
    }
    return active;
  }

  /** Whether {@code node} says that it is ready. */
  public boolean ready(String node) {
    return body(node, "/health/ready") != null;
  }

  /** The JSON object that a GET answers with; null if there is no answer, or it is no success. */
  public JsonObject get(String node, String path) {
    String body = body(node, path);
    return body == null ? null : new JsonObject(body);
  }

  /** What a POST was answered with, and how long that took. */
  public record Timed(int status, String body, double seconds) {}

  /** A POST of JSON to a node that {@link #startApart} started, timed without what starts curl. */
  public Timed post(String node, String path, String json) {
    requireApart();
    List<String> ask =
        List.of(
            "curl", "-s", "-m", "15", "-H", "Content-Type: application/json", "-d", json,
            "-w", "\n%{http_code} %{time_total}", url(node) + path);
    String out = call(Map.of(), near(node, ask)).out();
    int end = out.lastIndexOf('\n');
    String[] words = out.substring(end + 1).split(" ");
    return new Timed(
        Integer.parseInt(words[0]), out.substring(0, end), Double.parseDouble(words[1]));
  }

  private String body(String node, String path) {
    if (network != null) {
      List<String> ask = List.of("curl", "-s", "-f", "-m", "15", url(node) + path);
      Result result = call(Map.of(), near(node, ask));
      return result.exit() == 0 ? result.out() : null;
    }
    HttpResponse<String> response = send(request(node, path).build());
    return response == null || response.statusCode() != 200 ? null : response.body();
  }

  /** A request to be built upon, for what {@link #mabeam} has no command for. */
  public HttpRequest.Builder request(String node, String path) {
    return HttpRequest.newBuilder(URI.create(url(node) + path)).timeout(CALL);
  }

  /** The response; null if there is none. */
  public HttpResponse<String> send(HttpRequest request) {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException none) {
      return null;
    } catch (InterruptedException stop) {
      throw interrupted(stop);
    }
  }

  /** Waits until {@code condition} holds; an AssertionError names {@code what} if it never does. */
  public void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("waited in vain for " + what + logs());
      }
      try {
        Thread.sleep(POLL_MILLIS);
      } catch (InterruptedException stop) {
        throw interrupted(stop);
      }
    }
  }

  /** What {@code node} has written so far. */
  public String log(String node) {
    try {
      return Files.readString(nodes.get(node).log());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** The last lines that each node has written, for a message. */
  public String logs() {
    StringBuilder logs = new StringBuilder();
    nodes.forEach(
        (name, node) ->
            logs.append("\n").append(name).append(": ").append(node.process()).append("\n")
                .append(LogTail.of(node.log())));
    return logs.toString();
  }

  private static AssertionError interrupted(InterruptedException stop) {
    Thread.currentThread().interrupt();
    return new AssertionError("interrupted", stop);
  }

  /** Ends every node in order, the last one first; one that does not end is killed. */
  @Override
  public void close() {
    List<String> names = new ArrayList<>(nodes.keySet());
    List.copyOf(paused.keySet()).forEach(this::resume);
    names.sort(Comparator.comparing(names::indexOf).reversed());
    for (String name : names) {
      Process process = nodes.get(name).process();
      try {
        process.getOutputStream().close();
      } catch (IOException gone) {
        // It has ended already.
      }
    }
    for (String name : names) {
      Process process = nodes.get(name).process();
      try {
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
        }
      } catch (InterruptedException stop) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
    if (network != null) {
      network.close();
    }
    try {
      delete(directory);
    } catch (IOException kept) {
      // A log left in the temporary directory harms nobody.
    }
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** The store of a node that has ended is gone for good. */
  public void lose(String node) {
    try {
      delete(dataDirectory(node));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
