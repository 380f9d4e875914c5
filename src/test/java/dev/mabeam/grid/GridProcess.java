package dev.mabeam.grid;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The smallest node: a grid and a clustered event bus in a process of its own, for tests that need
 * real ones. Arguments: {@code name bind gridPort busPort repair host[port]…}.
 *
 * <p>It writes {@code READY}, then answers each line on its standard input with a line of JSON:
 * {@code view}; {@code put}; {@code lock}, which takes one and gives it back; {@code ask a b c},
 * which sends a request to each of these nodes' consumers and tells what came back. It ends when its
 * input does.
 */
public final class GridProcess {
  private static final int ASK_TIMEOUT_MS = 1000;

  private final String name;
  private final Grid grid;
  private final Vertx clustered;

  private GridProcess(String name, Grid grid, Vertx clustered) {
    this.name = name;
    this.grid = grid;
    this.clustered = clustered;
  }

  public static void main(String[] args) {
    try {
      run(args);
      System.exit(0);
    } catch (IOException | RuntimeException failure) {
      System.err.println(failure);
      System.exit(1);
    }
  }

  private static void run(String[] args) throws IOException {
    List<String> all = List.of(args);
    GridOptions options =
        new GridOptions(
                "test", args[0], args[1], Integer.parseInt(args[2]), all.subList(5, all.size()), "")
            .withRepair(Boolean.parseBoolean(args[4]));
    Grid grid = Grid.start(Vertx.vertx(), options).await();
    Vertx clustered = bus(grid, args[1], Integer.parseInt(args[3])).await();
    GridProcess process = new GridProcess(args[0], grid, clustered);
    process.listen("echo." + args[0]).await();
    process.listen("echo.all").await();
    System.out.println("READY");
    process.serve();
  }

  private static Future<Vertx> bus(Grid grid, String bind, int port) {
    EventBusOptions options =
        new EventBusOptions()
            .setHost(bind)
            .setPort(port)
            .setClusterPingInterval(1000)
            .setClusterPingReplyInterval(1000)
            .setConnectTimeout(2000);
    return Vertx.builder()
        .with(new VertxOptions().setEventBusOptions(options))
        .withClusterManager(grid.clusterManager())
        .buildClustered();
  }

  private Future<Void> listen(String address) {
    return clustered
        .eventBus()
        .<String>consumer(address, message -> message.reply(name))
        .completion();
  }

  private void serve() throws IOException {
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      List<String> words = List.of(line.split(" "));
      try {
        System.out.println(
            switch (words.get(0)) {
              case "view" -> view();
              case "put" -> put();
              case "lock" -> lock();
              case "ask" -> ask(words.subList(1, words.size()));
              default -> throw new IllegalArgumentException(line);
            });
      } catch (RuntimeException failure) {
        System.out.println(new JsonObject().put("failed", failure.toString()));
      }
    }
  }

  private JsonObject view() {
    return new JsonObject()
        .put("id", grid.view().id())
        .put("members", new JsonArray(grid.view().members()))
        .put("writable", grid.writable())
        .put("known", new JsonArray(List.copyOf(known().keySet())));
  }

  private Map<String, JsonObject> known() {
    return new TreeMap<>(grid.knowledge("mabeam.nodes").entries());
  }

  private JsonObject put() {
    grid.knowledge("mabeam.nodes").put(name, new JsonObject().put("name", name)).await();
    return new JsonObject().put("put", name);
  }

  private JsonObject lock() {
    clustered.sharedData().getLockWithTimeout("lock", ASK_TIMEOUT_MS).await().release();
    return new JsonObject().put("lock", name);
  }

  private JsonObject ask(List<String> nodes) {
    DeliveryOptions options = new DeliveryOptions().setSendTimeout(ASK_TIMEOUT_MS);
    Map<String, Future<String>> requests = new LinkedHashMap<>();
    for (String node : nodes) {
      requests.put(
          node,
          clustered.eventBus().<String>request("echo." + node, "", options).map(m -> "ok"));
    }
    JsonObject answers = new JsonObject();
    Future.join(new ArrayList<>(requests.values())).otherwiseEmpty().await();
    requests.forEach(
        (node, request) ->
            answers.put(
                node, request.succeeded() ? request.result() : request.cause().getMessage()));
    return answers;
  }
}
