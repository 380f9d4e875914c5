package dev.mabeam.event;

import dev.mabeam.bus.Addresses;
import dev.mabeam.bus.Bus;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * Publishes this node's events and remembers everybody's. Runs on one event loop.
 *
 * <p>Guaranteed: an event published here is in this node's log at once. <em>Not</em> guaranteed:
 * that it reaches a node that cannot be reached now; such a node reads it later from a peer's log
 * with {@link #catchUp}, as long as it is among the newest that log holds.
 */
public final class Events {
  static final List<String> TOPICS =
      List.of("node", "verticle", "agent", "variable", "audit");
  private static final Duration CATCH_UP_DEADLINE = Duration.ofSeconds(5);

  private String nodeId;
  private final Bus bus;
  private final Scheduler scheduler;
  private final EventLog log;
  private long lastNumber;
  private Bus.Registration served;

  public Events(String nodeId, Bus bus, Scheduler scheduler, EventLog log) {
    this.nodeId = nodeId;
    this.bus = bus;
    this.scheduler = scheduler;
    this.log = log;
  }

  /** Starts listening to every topic and serving this node's log to late joiners. */
  public Future<Void> start() {
    Stream<Future<Bus.Registration>> topics =
        TOPICS.stream()
            .map(topic -> bus.listen(Addresses.event(topic), body -> log.add(LoggedEvent.fromJson(body))));
    return Future.all(Stream.concat(topics, Stream.of(serve())).toList()).mapEmpty();
  }

  private Future<Bus.Registration> serve() {
    return bus.serve(
            Addresses.node(nodeId, "event", "log"),
            body -> Future.succeededFuture(newest(body.getInteger("limit", Integer.MAX_VALUE))))
        .onSuccess(registered -> served = registered);
  }

  /** The node has another id: its events go on under that one, and the log is read there. */
  public Future<Void> rename(String newNodeId) {
    nodeId = newNodeId;
    return served.close().otherwiseEmpty().compose(closed -> serve()).mapEmpty();
  }

  /** Logs {@code event} here and tells the other nodes. */
  public void publish(ClusterEvent event) {
    LoggedEvent logged =
        new LoggedEvent(
            nodeId, ++lastNumber, scheduler.wallMillis(), event.type(), event.fields());
    log.add(logged);
    bus.publish(Addresses.event(event.topic()), logged.toJson());
  }

  /** Reads what {@code peer} remembers into this node's log. */
  public Future<Void> catchUp(String peer) {
    return bus.request(
            Addresses.node(peer, "event", "log"), new JsonObject(), CATCH_UP_DEADLINE)
        .onSuccess(
            answer ->
                answer.getJsonArray("events").stream()
                    .map(JsonObject.class::cast)
                    .forEach(event -> log.add(LoggedEvent.fromJson(event))))
        .mapEmpty();
  }

  /** This node's log. */
  public EventLog log() {
    return log;
  }

  private JsonObject newest(int limit) {
    return new JsonObject()
        .put("events", new JsonArray(log.newest(limit).stream().map(LoggedEvent::toJson).toList()));
  }
}
