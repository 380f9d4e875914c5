package dev.mabeam.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "migrations",
    description = "Agents that move, wait to, and have moved lately, and nodes that are drained.",
    mixinStandardHelpOptions = true)
final class MigrationsCommand implements Callable<Integer> {
  @Mixin private Client client;

  @Override
  public Integer call() {
    JsonObject all = client.api().object("/api/v1/migrations");
    client.print(client.json() ? all.encodePrettily() : text(all));
    return ExitCodes.OK;
  }

  private static String text(JsonObject all) {
    Table table =
        new Table("AGENT", "FROM", "TO", "STAGE", "MS", "PAUSED", "BYTES", "EPOCH", "WHY");
    rows(table, all.getJsonArray("running"));
    rows(table, all.getJsonArray("waiting"));
    rows(table, all.getJsonArray("recent"));
    StringBuilder text = new StringBuilder(table.toString());
    int unseen = all.getInteger("queued", 0) - all.getJsonArray("waiting").size();
    if (unseen > 0) {
      text.append('\n').append(unseen).append(" more wait");
    }
    JsonArray drains = all.getJsonArray("drains");
    for (int i = 0; i < drains.size(); i++) {
      text.append('\n').append(DrainCommand.told(drains.getJsonObject(i)));
    }
    return text.toString();
  }

  private static void rows(Table table, JsonArray moves) {
    for (int i = 0; i < moves.size(); i++) {
      JsonObject move = moves.getJsonObject(i);
      JsonObject phases = move.getJsonObject("phases");
      double paused =
          phases.getDouble("pause")
              + phases.getDouble("transfer")
              + phases.getDouble("flip")
              + phases.getDouble("fill");
      table.row(
          move.getString("agent"),
          move.getString("from"),
          move.getString("to"),
          move.getString("stage"),
          tenths(move.getDouble("ms")),
          tenths(paused),
          move.getLong("bytes"),
          move.getLong("epoch"),
          move.getJsonObject("error", new JsonObject()).getString("code", ""));
    }
  }

  static String tenths(double millis) {
    return String.format(Locale.ROOT, "%.1f", millis);
  }
}
