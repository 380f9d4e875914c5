package dev.mabeam.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "nodes",
    description = "The nodes of the cluster, or one of them in full.",
    mixinStandardHelpOptions = true)
final class NodesCommand implements Callable<Integer> {
  @Mixin private Client client;

  @Parameters(arity = "0..1", paramLabel = "NODE", description = "a node's id or name")
  private String node;

  @Override
  public Integer call() {
    if (node != null) {
      JsonObject found = client.api().object("/api/v1/nodes/" + Api.segment(node));
      client.print(client.json() ? found.encodePrettily() : fields(readable(found)));
      return ExitCodes.OK;
    }
    JsonArray nodes = client.api().array("/api/v1/nodes");
    client.print(client.json() ? nodes.encodePrettily() : table(nodes));
    return ExitCodes.OK;
  }

  private static JsonObject readable(JsonObject node) {
    long heard = node.getLong("lastHeartbeat", 0L);
    return node.copy().put("lastHeartbeat", ago(heard, System.currentTimeMillis()));
  }

  static String table(JsonArray nodes) {
    Table table =
        new Table("NODE", "STATUS", "LOAD", "RUNS", "ZONE", "CAPABILITIES", "HEARD", "URL");
    for (int i = 0; i < nodes.size(); i++) {
      JsonObject node = nodes.getJsonObject(i);
      table.row(
          node.getString("id"),
          node.getString("status") + (node.getBoolean("cordoned", false) ? ",cordoned" : ""),
          gone(node) ? "-" : String.format(Locale.ROOT, "%.2f", node.getDouble("load", 0.0)),
          gone(node) ? "-" : node.getInteger("agentCount", 0),
          node.getString("zone"),
          list(node.getJsonArray("capabilities")),
          ago(node.getLong("lastHeartbeat", 0L), System.currentTimeMillis()),
          node.getString("http"));
    }
    return table.toString();
  }

  /** What a failed node last said of its load and what it runs is of the past. */
  private static boolean gone(JsonObject node) {
    return "failed".equals(node.getString("status"));
  }

  /** Every field of {@code object} on a line of its own. */
  static String fields(JsonObject object) {
    Table table = new Table("FIELD", "VALUE");
    object.forEach(field -> table.row(field.getKey(), text(field.getValue())));
    return table.toString();
  }

  private static String text(Object value) {
    return value instanceof JsonArray array ? list(array) : String.valueOf(value);
  }

  private static String list(JsonArray values) {
    return values == null ? "" : String.join(",", values.stream().map(String::valueOf).toList());
  }

  static String ago(long wallMillis, long now) {
    if (wallMillis == 0) {
      return "never";
    }
    long millis = Math.max(0, now - wallMillis);
    if (millis < 120_000) {
      return String.format(Locale.ROOT, "%.1fs ago", millis / 1000.0);
    }
    return millis / 60_000 + "m ago";
  }
}
