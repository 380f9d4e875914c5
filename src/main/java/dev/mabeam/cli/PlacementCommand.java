package dev.mabeam.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "placement",
    description = "Where agents go, and why.",
    mixinStandardHelpOptions = true,
    subcommands = PlacementCommand.Explain.class)
final class PlacementCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "missing command: explain");
  }

  @Command(
      name = "explain",
      description = "Where an agent would go now: each node's scores, or what refused it.",
      footer = {
        "",
        "For example: mabeam placement explain '{\"type\":\"counter\",\"requirements\":"
            + "{\"capabilities\":[\"gpu\"]}}'"
      },
      mixinStandardHelpOptions = true)
  static final class Explain implements Callable<Integer> {
    private static final List<String> SCORES =
        List.of("resource", "load", "capability", "network", "affinity");

    @Mixin private Client client;

    @Parameters(
        paramLabel = "SPEC",
        description = "what would be deployed, as JSON or in a file: @spec.json")
    private String spec;

    @Override
    public Integer call() {
      JsonObject answer = client.api().post("/api/v1/placement/explain", read(spec));
      client.print(client.json() ? answer.encodePrettily() : shown(answer));
      return ExitCodes.OK;
    }

    private static JsonObject read(String spec) {
      if (!spec.startsWith("@")) {
        return Body.object("SPEC", spec);
      }
      Path file = Path.of(spec.substring(1));
      try {
        return Body.object(file.toString(), Files.readString(file));
      } catch (IOException failure) {
        throw new CliException(
            ExitCodes.USAGE,
            "file " + file + " cannot be read: " + Reasons.of(failure),
            "name a file with a JSON object after the @");
      }
    }

    private static String shown(JsonObject answer) {
      Table table =
          new Table(
              "NODE", "TOTAL", "RESOURCE", "LOAD", "CAPABILITY", "NETWORK", "AFFINITY", "REFUSED");
      JsonArray nodes = answer.getJsonArray("nodes");
      for (int i = 0; i < nodes.size(); i++) {
        table.row(row(nodes.getJsonObject(i)));
      }
      String chosen = answer.getString("node", "");
      return (chosen.isEmpty() ? "no node can take it" : "it would go to " + chosen)
          + "\n\n"
          + table;
    }

    private static Object[] row(JsonObject node) {
      boolean suitable = node.getBoolean("suitable");
      JsonObject scores = node.getJsonObject("scores");
      Object[] row = new Object[SCORES.size() + 3];
      row[0] = node.getString("node");
      row[1] = suitable ? score(node.getDouble("total")) : "";
      for (int i = 0; i < SCORES.size(); i++) {
        row[i + 2] = score(scores.getDouble(SCORES.get(i)));
      }
      row[row.length - 1] =
          String.join(
              ", ", node.getJsonArray("refusals").stream().map(String::valueOf).toList());
      return row;
    }

    private static String score(Double value) {
      return value == null ? "" : String.format(Locale.ROOT, "%.2f", value);
    }
  }
}
