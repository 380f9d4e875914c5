package dev.mabeam.bench;

import dev.mabeam.Mabeam;
import dev.mabeam.agent.AgentOptions;
import dev.mabeam.agent.AgentSpec;
import dev.mabeam.agent.Agents;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.placement.Requirements;
import dev.mabeam.placement.Rule;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * One node's part in a benchmark: it is asked by the others over a socket, over the event bus and
 * through agents, and asks them when it is told to.
 *
 * <p>{@code bench.<name>} takes {@code {"do":…}}:
 *
 * <ul>
 *   <li>{@code port}: answers with {@code {"port":n}}, the one of this node's socket
 *   <li>{@code deploy}, with {@code agents}, {@code from} and {@code peer}: deploys so many agents,
 *       numbered from there, on that node, or anywhere if it is the empty string, and asks each;
 *       {@code undeploy} takes them away. Both answer with {@code {"millis":n}}, how long it took
 *   <li>{@code tallies}, with {@code agents}, {@code durability} and {@code state} in bytes: deploys
 *       so many {@link TallyAgent}s; {@code gather} moves them to the node {@code peer}
 *   <li>{@code moves}, {@code drain} and {@code survival}: what {@link Moving} and {@link Survival}
 *       do with these
 *   <li>{@code distribute}, {@code fill}, {@code read}, {@code burst}, {@code converge} and {@code gaps}: what
 *       {@link VariableWork} does; {@code write} and {@code log} are subjects to measure
 *   <li>{@code heap}: answers with {@code {"bytes":n}}, what is left of the heap after a collection
 *   <li>anything else is a subject to measure, with {@code outstanding}, {@code bytes}, {@code
 *       millis}, {@code agents}, {@code peer} and its {@code port}: answers with what was {@link
 *       Measured}
 * </ul>
 */
public final class BenchPeer {
  private static final int LOOPS = AgentOptions.DEFAULT_CONTEXTS;

  private final Mabeam mabeam;
  private final Vertx vertx;
  private final Agents agents;
  private final Context context;
  private final SocketEcho socket;
  private final BareLog log;
  private final VariableWork variables;

  private BenchPeer(Mabeam mabeam, BareLog log) throws IOException {
    this.mabeam = mabeam;
    this.log = log;
    vertx = mabeam.vertx();
    agents = mabeam.agents();
    context = vertx.getOrCreateContext();
    variables = new VariableWork(vertx, context, mabeam.variables());
    socket = new SocketEcho();
  }

  /** Serves on that node until the process ends; {@code name} is the node's. */
  public static Future<Void> start(Mabeam mabeam, String name, BareLog log) {
    try {
      BenchPeer peer = new BenchPeer(mabeam, log);
      EventBus bus = peer.vertx.eventBus();
      AtomicInteger number = new AtomicInteger();
      DeploymentOptions onEachLoop = new DeploymentOptions().setInstances(LOOPS);
      return Future.all(
              echoAt(bus, echo(name)),
              peer.vertx.deployVerticle(
                  () -> new EchoVerticle(echo(name) + "." + number.getAndIncrement()), onEachLoop),
              bus.consumer(control(name), peer::handle).completion())
          .mapEmpty();
    } catch (IOException failure) {
      return Future.failedFuture(failure);
    }
  }

  /** Where the node of that name is told what to do. */
  public static String control(String name) {
    return "bench." + name;
  }

  private static String echo(String name) {
    return "bench." + name + ".echo";
  }

  private static Future<Void> echoAt(EventBus bus, String address) {
    return bus.consumer(address, (Message<Buffer> asked) -> asked.reply(asked.body()))
        .completion();
  }

  /** Answers on an event loop of its own, as agents do. */
  private static final class EchoVerticle extends VerticleBase {
    private final String address;

    EchoVerticle(String address) {
      this.address = address;
    }

    @Override
    public Future<?> start() {
      return echoAt(vertx.eventBus(), address);
    }
  }

  private void handle(Message<JsonObject> message) {
    done(message.body())
        .onComplete(
            message::reply,
            failure -> message.fail(ErrorCode.INTERNAL.status(), String.valueOf(failure)));
  }

  private Future<JsonObject> done(JsonObject order) {
    return switch (order.getString("do")) {
      case "port" -> Future.succeededFuture(new JsonObject().put("port", socket.port()));
      case "deploy" -> timed(order, this::deploy);
      case "undeploy" -> timed(order, this::undeploy);
      case "tallies" -> timed(order, (node, index) -> deployTally(order, index));
      case "gather" -> timed(order, (node, index) -> gather(order, index));
      case "untally" -> timed(order, (node, index) -> agents.undeploy(tally(order, index)));
      case "moves" ->
          Moving.toAndFro(
              mabeam,
              context,
              tallies(order),
              order.getInteger("perSecond"),
              order.getJsonArray("nodes").stream().map(String::valueOf).toList(),
              order.getInteger("atATime"),
              Duration.ofMillis(order.getLong("millis")));
      case "drain" ->
          Moving.drain(
              mabeam,
              context,
              tallies(order),
              order.getInteger("perSecond"),
              order.getString("peer"));
      case "survival" ->
          Survival.watch(vertx, context, agents, tallies(order), order.getString("peer"));
      case "distribute" -> variables.distribute(order);
      case "fill" -> variables.fill(order);
      case "read" -> variables.read(order);
      case "burst" -> variables.burst(order);
      case "converge" -> variables.converge(order);
      case "gaps" -> variables.gaps(order);
      case "heap" -> vertx.executeBlocking(BenchPeer::heap);
      default -> measure(order).map(Measured::toJson);
    };
  }

  private static Future<JsonObject> timed(
      JsonObject order, BiFunction<String, Integer, Future<?>> each) {
    long start = System.nanoTime();
    String node = order.getString("peer");
    int from = order.getInteger("from", 0);
    return Future.all(
            IntStream.range(from, from + order.getInteger("agents"))
                .mapToObj(index -> each.apply(node, index))
                .toList())
        .map(done -> new JsonObject().put("millis", (System.nanoTime() - start) / 1e6));
  }

  private Future<?> deploy(String node, int index) {
    String id = agent(node, index);
    AgentSpec spec = AgentSpec.of(id, EchoAgent.class);
    return agents
        .deploy(node.isEmpty() ? spec : spec.withRequirements(on(node)))
        .compose(deployed -> agents.ask(id, "ready"));
  }

  private Future<?> undeploy(String node, int index) {
    return agents.undeploy(agent(node, index));
  }

  private static String tally(JsonObject order, int index) {
    return order.getString("durability") + "-" + index;
  }

  private static List<String> tallies(JsonObject order) {
    return IntStream.range(0, order.getInteger("agents"))
        .mapToObj(index -> tally(order, index))
        .toList();
  }

  private Future<?> deployTally(JsonObject order, int index) {
    AgentSpec spec =
        AgentSpec.of(tally(order, index), TallyAgent.class)
            .withDurability(
                AgentSpec.Durability.valueOf(
                    order.getString("durability").toUpperCase(Locale.ROOT)))
            .withConfig(new JsonObject().put("bytes", order.getInteger("state")));
    return agents.deploy(spec);
  }

  private Future<?> gather(JsonObject order, int index) {
    String id = tally(order, index);
    String node = order.getString("peer");
    boolean there =
        agents.get(id).filter(agent -> agent.node().startsWith(node + "#")).isPresent();
    return there ? Future.succeededFuture() : mabeam.migrations().migrate(id, node);
  }

  private static Requirements on(String node) {
    Rule there = new Rule(Rule.Target.NODE, node, 1, true);
    return new Requirements(0, 0, List.of(), List.of(), List.of(), List.of(there), List.of());
  }

  private static JsonObject heap() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return new JsonObject().put("bytes", runtime.totalMemory() - runtime.freeMemory());
  }

  private static String agent(String node, int index) {
    return "bench-" + (node.isEmpty() ? "any" : node) + "-" + index;
  }

  private Future<Measured> measure(JsonObject order) {
    int outstanding = order.getInteger("outstanding");
    int bytes = order.getInteger("bytes");
    int port = order.getInteger("port", 0);
    Duration length = Duration.ofMillis(order.getLong("millis"));
    Buffer message = Buffer.buffer(new byte[bytes]);
    return switch (order.getString("do")) {
      case "tcp" ->
          vertx.executeBlocking(
              () -> SocketFlood.run(port, outstanding, bytes, false, length));
      case "tcpBatched" ->
          vertx.executeBlocking(() -> SocketFlood.run(port, outstanding, bytes, true, length));
      case "bus" -> {
        EventBus bus = vertx.eventBus();
        String address = echo(order.getString("peer"));
        yield Flood.run(context, () -> bus.request(address, message), outstanding, length);
      }
      case "busSpread" -> {
        EventBus bus = vertx.eventBus();
        Supplier<String> next = inTurn(LOOPS, loop -> echo(order.getString("peer")) + "." + loop);
        yield Flood.run(context, () -> bus.request(next.get(), message), outstanding, length);
      }
      case "ask" -> {
        Supplier<String> next = inTurn(order);
        yield Flood.run(context, () -> agents.ask(next.get(), message), outstanding, length);
      }
      case "write" -> Flood.run(context, variables.writes(order), outstanding, length);
      case "log" -> Flood.run(context, () -> log.propose(message), outstanding, length);
      case "tally" -> {
        Supplier<Future<?>> next = tallied(order);
        yield Flood.run(context, next, outstanding, length);
      }
      case "tell" -> {
        Supplier<String> next = inTurn(order);
        yield Flood.run(context, () -> agents.tell(next.get(), message), outstanding, length);
      }
      default ->
          Future.failedFuture(
              new MabeamException(
                  ErrorCode.INVALID, "nothing is called '" + order.getString("do") + "'"));
    };
  }

  /** Asks that change a {@link TallyAgent}, in turn; the numbers do not matter. */
  private Supplier<Future<?>> tallied(JsonObject order) {
    String[] ids = tallies(order).toArray(String[]::new);
    long[] next = {0};
    return () -> {
      long number = next[0]++;
      return agents.ask(ids[(int) (number % ids.length)], Buffer.buffer(8).appendLong(number + 1));
    };
  }

  /** The ids of the agents, one after the other, for one context. */
  private static Supplier<String> inTurn(JsonObject order) {
    return inTurn(order.getInteger("agents"), index -> agent(order.getString("peer"), index));
  }

  private static Supplier<String> inTurn(int count, IntFunction<String> name) {
    String[] names = IntStream.range(0, count).mapToObj(name).toArray(String[]::new);
    int[] next = {0};
    return () -> names[(next[0]++ & Integer.MAX_VALUE) % names.length];
  }
}
