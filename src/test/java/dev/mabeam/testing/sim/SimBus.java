package dev.mabeam.testing.sim;

import dev.mabeam.bus.Bus;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The bus of one simulated node. Messages to other nodes take their own time each, so they overtake
 * one another; a cut loses them, and so does {@link SimNetwork#setLoss}; with
 * {@link SimNetwork#setDuplication} some arrive twice, requests too.
 *
 * <p>Simpler than the real one: a registration is known everywhere at once and ends with its
 * node's life. What no simulation shows here, the real bus's tests have to.
 */
public final class SimBus implements Bus {
  private final SimNode node;
  private final long life;
  private final Simulation simulation;

  private SimBus(SimNode node) {
    this.node = node;
    this.life = node.life();
    this.simulation = node.simulation();
  }

  /** The bus of the node's present life. */
  public static SimBus of(SimNode node) {
    return new SimBus(node);
  }

  /** How many messages went from one node to another so far, requests, answers and publishes. */
  public static Map<String, Long> messagesPerPair(Simulation simulation) {
    return Map.copyOf(simulation.switchboard.sent);
  }

  @Override
  public Future<JsonObject> request(String address, JsonObject body, Duration deadline) {
    List<Entry> servers = simulation.switchboard.live(address, true);
    if (servers.isEmpty()) {
      return Future.failedFuture(
          new MabeamException(ErrorCode.NOT_FOUND, "nobody serves address '" + address + "'"));
    }
    Entry server = servers.get((int) (simulation.switchboard.nextTurn++ % servers.size()));
    Promise<JsonObject> promise = Promise.promise();
    Scheduler.Scheduled timer =
        node.scheduler().after(deadline, () -> promise.tryFail(timeout(address)));
    String sent = body.encode();
    send(node, server.node, () -> server.arrive(() -> serve(server, sent, promise)));
    return promise.future().onComplete(done -> timer.cancel());
  }

  private void serve(Entry server, String body, Promise<JsonObject> promise) {
    Future<JsonObject> answer;
    try {
      answer = server.handler.apply(new JsonObject(body));
    } catch (RuntimeException failure) {
      answer = Future.failedFuture(failure);
    }
    answer.onComplete(
        value -> {
          String sent = value == null ? null : value.encode();
          reply(server, () -> promise.tryComplete(sent == null ? null : new JsonObject(sent)));
        },
        failure -> {
          JsonObject sent = MabeamException.of(failure).toJson();
          reply(server, () -> promise.tryFail(MabeamException.fromJson(sent)));
        });
  }

  private void reply(Entry server, Runnable onArrival) {
    send(server.node, node, () -> node.execute(life, onArrival));
  }

  @Override
  public void publish(String address, JsonObject body) {
    String sent = body.encode();
    for (Entry listener : simulation.switchboard.live(address, false)) {
      send(
          node,
          listener.node,
          () -> listener.arrive(() -> listener.handler.apply(new JsonObject(sent))));
    }
  }

  @Override
  public Future<Registration> serve(
      String address, Function<JsonObject, Future<JsonObject>> handler) {
    return register(address, new Entry(node, life, true, handler));
  }

  @Override
  public Future<Registration> listen(String address, Consumer<JsonObject> handler) {
    return register(
        address,
        new Entry(
            node,
            life,
            false,
            body -> {
              handler.accept(body);
              return Future.succeededFuture();
            }));
  }

  private Future<Registration> register(String address, Entry entry) {
    List<Entry> entries =
        simulation.switchboard.entries.computeIfAbsent(address, key -> new ArrayList<>());
    entries.add(entry);
    return Future.succeededFuture(
        () -> {
          entries.remove(entry);
          return Future.succeededFuture();
        });
  }

  /** Runs {@code onArrival} once, twice or never, after the way from one to the other. */
  private void send(SimNode from, SimNode to, Runnable onArrival) {
    SimNetwork network = simulation.network();
    boolean remote = from != to;
    if (remote) {
      simulation.switchboard.sent.merge(from.name() + "->" + to.name(), 1L, Long::sum);
      if (network.loses() || !network.reaches(from.name(), to.name())) {
        return;
      }
    }
    int copies = remote && network.duplicates() ? 2 : 1;
    for (int copy = 0; copy < copies; copy++) {
      long way = network.latencyNanos(from.name(), to.name()) + network.lateNanos();
      simulation.at(
          simulation.nanos() + way,
          () -> {
            if (network.reaches(from.name(), to.name())) {
              onArrival.run();
            }
          });
    }
  }

  private static MabeamException timeout(String address) {
    return new MabeamException(
        ErrorCode.TIMEOUT, "no answer from '" + address + "' within the deadline");
  }

  /** Who serves and listens where, on all nodes. */
  static final class Switchboard {
    private final Map<String, List<Entry>> entries = new LinkedHashMap<>();
    private final Map<String, Long> sent = new LinkedHashMap<>();
    private long nextTurn;

    private List<Entry> live(String address, boolean server) {
      List<Entry> all = entries.getOrDefault(address, List.of());
      return all.stream().filter(e -> e.server == server && e.node.life() == e.life).toList();
    }
  }

  private record Entry(
      SimNode node, long life, boolean server, Function<JsonObject, Future<JsonObject>> handler) {
    void arrive(Runnable task) {
      node.execute(life, task);
    }
  }
}
