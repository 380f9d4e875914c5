package dev.mabeam.agent;

import dev.mabeam.grid.Grid;
import dev.mabeam.grid.GridOptions;
import dev.mabeam.verticle.UserCode;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * A process with a clustered event bus, an agents' room, and one echoing agent and one echoing
 * consumer on {@code n2}; for measuring. Both processes are told the same decisions. Arguments:
 * {@code number gridPort busPort host[port]…}.
 *
 * <p>It writes {@code READY}, then answers {@code bus|agent WINDOW MILLIS} on its standard input:
 * asks from one event loop, with so many outstanding, for so long. It ends when its input does.
 */
public final class RoutingProcess {
  private static final String AGENT = "echo";
  private static final Buffer BODY = Buffer.buffer(new byte[100]);

  private final Vertx vertx;
  private final AgentRoom room;

  private RoutingProcess(Vertx vertx, AgentRoom room) {
    this.vertx = vertx;
    this.room = room;
  }

  /** What is measured against. */
  public static final class Echo implements Agent {
    @Override
    public Future<?> receive(AgentMessage message) {
      return Future.succeededFuture(message.body());
    }
  }

  public static void main(String[] args) throws IOException {
    int number = Integer.parseInt(args[0]);
    GridOptions options =
        new GridOptions(
            "bench", "n" + number, "127.0.0.1", Integer.parseInt(args[1]),
            Arrays.asList(args).subList(3, args.length), "");
    Grid grid = Grid.start(Vertx.vertx(), options).await();
    Vertx vertx =
        Vertx.builder()
            .with(
                new VertxOptions()
                    .setEventBusOptions(
                        new EventBusOptions()
                            .setHost("127.0.0.1")
                            .setPort(Integer.parseInt(args[2]))))
            .withClusterManager(grid.clusterManager())
            .buildClustered()
            .await();
    InMemoryDecisions log = new InMemoryDecisions(Runnable::run);
    AgentDirectory directory = new AgentDirectory();
    InMemoryDecisions.Node[] nodes = {
      log.join(1, number == 1 ? directory : new AgentDirectory()),
      log.join(2, number == 2 ? directory : new AgentDirectory())
    };
    UserCode code = UserCode.open(List.of(), List.of(Echo.class.getName()));
    AgentsVerticle verticle =
        new AgentsVerticle(
            scheduler ->
                AgentRoom.create(
                    new AgentRoomContext(
                        vertx, "n" + number + "#" + number, code, directory, nodes[number - 1],
                        log::members, new HandLease(), spec -> "n2#2", new MapKnowledge(),
                        event -> {}, scheduler, AgentOptions.DEFAULT)));
    vertx.deployVerticle(verticle).await();
    if (number == 2) {
      verticle.room().deploy(AgentSpec.of(AGENT, Echo.class)).await();
      vertx.eventBus().<Buffer>consumer("echo", m -> m.reply(m.body())).completion().await();
    } else {
      nodes[0].propose(
          AgentDirectory.NAME,
          Op.command(List.of(new Op.Deploy(AgentSpec.of(AGENT, Echo.class), "n2#2"))));
      nodes[0].propose(
          AgentDirectory.NAME, Op.command(List.of(new Op.Started(AGENT, 1))));
    }
    System.out.println("READY");
    new RoutingProcess(vertx, verticle.room()).serve();
    System.exit(0);
  }

  private void serve() throws IOException {
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      String[] words = line.split(" ");
      Supplier<Future<?>> ask =
          words[0].equals("bus")
              ? () -> vertx.eventBus().request("echo", BODY)
              : () -> room.ask(AGENT, BODY);
      Load load = new Load(ask, Long.parseLong(words[2]) * 1_000_000);
      Context context = vertx.getOrCreateContext();
      context.runOnContext(none -> load.start(Integer.parseInt(words[1])));
      System.out.println(load.result.future().await().encode());
    }
  }

  /** Keeps so many asks outstanding until its time is over; on one event loop. */
  private static final class Load {
    final Promise<JsonObject> result = Promise.promise();
    private final Supplier<Future<?>> ask;
    private final long nanos;
    private final long[] took = new long[4_000_000];
    private long begun;
    private int outstanding;
    private int done;
    private int failed;

    Load(Supplier<Future<?>> ask, long nanos) {
      this.ask = ask;
      this.nanos = nanos;
    }

    void start(int window) {
      begun = System.nanoTime();
      for (int i = 0; i < window; i++) {
        outstanding++;
        next();
      }
    }

    private void next() {
      long sent = System.nanoTime();
      if (sent - begun >= nanos) {
        if (--outstanding == 0) {
          end();
        }
        return;
      }
      ask.get()
          .onComplete(
              answer -> {
                took[done++] = System.nanoTime() - sent;
                next();
              },
              failure -> {
                failed++;
                next();
              });
    }

    private void end() {
      Arrays.sort(took, 0, done);
      result.complete(
          new JsonObject()
              .put("perSecond", Math.round(done * 1e9 / nanos))
              .put("p50Micros", took[done / 2] / 1000)
              .put("p99Micros", took[(int) (done * 0.99)] / 1000)
              .put("failed", failed));
    }
  }
}
