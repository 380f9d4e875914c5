package dev.mabeam.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "drain",
    description = "Move all agents off a node, which gets no more; then it can be stopped.",
    footer = "%nIt goes on when this ends by its --timeout; 'mabeam migrations' shows how far it is.",
    mixinStandardHelpOptions = true)
final class DrainCommand implements Callable<Integer> {
  @Mixin private Client client;
  @Spec private CommandSpec spec;

  /** How many agents are told one by one. */
  private static final int NAMED = 10;

  @Parameters(paramLabel = "NODE", description = "a node's id or name")
  private String node;

  @Override
  public Integer call() {
    JsonObject drained =
        client
            .api()
            .post(
                "/api/v1/nodes/" + Api.segment(node) + "/drain?timeoutMs="
                    + client.patience().toMillis(),
                null);
    client.print(client.json() ? drained.encodePrettily() : told(drained));
    if (!drained.getBoolean("done")) {
      return ExitCodes.UNAVAILABLE;
    }
    int copies = drained.getInteger("copies", 0);
    if (drained.getInteger("waiting") == 0 && copies > 0) {
      Errors.print(
          spec.commandLine().getErr(),
          "it has a copy of the last state of " + copies + " agents that have no node now",
          "let them be recovered first: 'mabeam agents list' shows what they wait for");
      return ExitCodes.FAILED;
    }
    if (drained.getInteger("waiting") > 0) {
      Errors.print(
          spec.commandLine().getErr(),
          drained.getInteger("waiting") + " agents have no place on another node",
          "add a node that can take them, and drain again; or undrain this one");
      return ExitCodes.FAILED;
    }
    return ExitCodes.OK;
  }

  /** How far it is, and what could not be moved. */
  static String told(JsonObject drained) {
    int waiting = drained.getInteger("waiting");
    int copies = drained.getInteger("copies", 0);
    StringBuilder text =
        new StringBuilder(
            drained.getBoolean("done")
                ? waiting == 0 && copies == 0
                    ? "%s is drained: it has no agents any more"
                        .formatted(drained.getString("node"))
                    : "%s could not be drained".formatted(drained.getString("node"))
                : "%s is being drained: %d agents to go"
                    .formatted(drained.getString("node"), waiting));
    if (copies > 0) {
      text.append("; it keeps copies for %d others".formatted(copies));
    }
    text.append(" (").append(drained.getInteger("moved")).append(" moved)");
    JsonArray left = drained.getJsonArray("left", new JsonArray());
    left.stream()
        .map(JsonObject.class::cast)
        .map(agent -> agent.getString("agent") + ": " + agent.getString("why"))
        .sorted()
        .limit(NAMED)
        .forEach(line -> text.append("\n  ").append(line));
    if (left.size() > NAMED) {
      text.append("\n  and ").append(left.size() - NAMED).append(" more; -o json has them all");
    }
    return text.toString();
  }

  @Command(
      name = "undrain",
      description = "Let a node have agents again.",
      mixinStandardHelpOptions = true)
  static final class Undrain implements Callable<Integer> {
    @Mixin private Client client;

    @Parameters(paramLabel = "NODE", description = "a node's id or name")
    private String node;

    @Override
    public Integer call() {
      JsonObject answer =
          client.api().post("/api/v1/nodes/" + Api.segment(node) + "/undrain", null);
      client.print(client.json() ? answer.encodePrettily() : node + " gets agents again");
      return ExitCodes.OK;
    }
  }
}
