package dev.mabeam.membership;

import dev.mabeam.bus.Addresses;
import dev.mabeam.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Exchanges reports with the overlay's neighbours, once a second, in both directions at once: a
 * node sends every report that it has, and is answered with those that are newer there and with the
 * nodes that have gone for good. This keeps a table fresh also where the cache takes no writes, and
 * makes tables equal whatever was lost.
 *
 * <p>A message is {@code {"v":1,"nodes":[…]}}, the answer {@code {"v":1,"nodes":[…],"gone":{id:
 * beat}}}. A report that this version cannot read is left out. Nothing is repeated: the next round
 * says it again.
 */
final class Gossip {
  private static final System.Logger LOG = System.getLogger(Gossip.class.getName());
  private static final Duration DEADLINE = Duration.ofSeconds(1);

  private final NodeTable table;
  private final Bus bus;
  private final Runnable onNews;

  Gossip(NodeTable table, Bus bus, Runnable onNews) {
    this.table = table;
    this.bus = bus;
    this.onNews = onNews;
  }

  Future<Bus.Registration> serve(String selfId) {
    return bus.serve(address(selfId), body -> Future.succeededFuture(answer(body)));
  }

  /** Tells all of {@code neighbours}; the future ends when each has answered or was given up. */
  Future<Void> round(List<String> neighbours) {
    JsonObject message = message(table.declared().stream());
    return Future.join(
            Stream.concat(
                    Stream.of(Future.<Void>succeededFuture()),
                    neighbours.stream().map(neighbour -> tell(neighbour, message)))
                .toList())
        .mapEmpty();
  }

  private Future<Void> tell(String neighbour, JsonObject message) {
    return bus.request(address(neighbour), message, DEADLINE)
        .<Void>map(
            answer -> {
              take(answer);
              return null;
            })
        .otherwise(
            failure -> {
              LOG.log(Level.DEBUG, () -> "no gossip with " + neighbour + ": " + failure);
              return null;
            });
  }

  private JsonObject answer(JsonObject message) {
    Map<String, NodeInfo> theirs =
        reports(message).collect(Collectors.toMap(NodeInfo::id, node -> node, (a, b) -> b));
    take(message);
    Stream<NodeInfo> newer =
        table.declared().stream()
            .filter(
                node -> {
                  NodeInfo known = theirs.get(node.id());
                  return known == null || NodeTable.isNewer(node, known);
                });
    JsonObject gone = new JsonObject();
    table.tombstones(theirs.keySet()).forEach(gone::put);
    return message(newer).put("gone", gone);
  }

  private void take(JsonObject message) {
    boolean news = reports(message).map(table::report).toList().contains(true);
    JsonObject gone = message.getJsonObject("gone", new JsonObject());
    gone.fieldNames().forEach(id -> table.forget(id, gone.getLong(id)));
    if (news || !gone.isEmpty()) {
      onNews.run();
    }
  }

  private static JsonObject message(Stream<NodeInfo> nodes) {
    return new JsonObject()
        .put("v", 1)
        .put("nodes", new JsonArray(nodes.map(NodeInfo::toJson).toList()));
  }

  private static Stream<NodeInfo> reports(JsonObject message) {
    return message.getJsonArray("nodes", new JsonArray()).stream()
        .map(JsonObject.class::cast)
        .map(NodeInfo::read)
        .flatMap(Optional::stream);
  }

  private static String address(String nodeId) {
    return Addresses.node(nodeId, "membership", "gossip");
  }
}
