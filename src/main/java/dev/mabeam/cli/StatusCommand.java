package dev.mabeam.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "status",
    description = "The cluster on one screen, as one node sees it.",
    mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
  @Mixin private Client client;
  @Spec private CommandSpec spec;

  @Option(
      names = "--check",
      description = "exit with 1 unless the cluster writes, has a leader, and every node is active")
  private boolean check;

  @Override
  public Integer call() {
    JsonObject cluster = client.api().object("/api/v1/cluster");
    JsonArray nodes = cluster.getJsonArray("nodes", new JsonArray());
    if (client.json()) {
      client.print(cluster.encodePrettily());
    } else {
      client.print(
          "cluster %s is %s: %s, view %d, coordinator %s, topology %s, %s, %s, %s"
              .formatted(
                  cluster.getString("id"),
                  cluster.getString("mode"),
                  nodes(nodes),
                  cluster.getLong("view", 0L),
                  cluster.getString("coordinator"),
                  cluster.getString("topology"),
                  count(cluster.getInteger("agents", 0), "agent"),
                  count(cluster.getInteger("variables", 0), "variable"),
                  count(cluster.getInteger("verticles", 0), "verticle")));
      client.print(new Quorum(cluster).line());
      client.print("");
      client.print(NodesCommand.table(nodes));
    }
    return check ? check(cluster, nodes) : ExitCodes.OK;
  }

  private int check(JsonObject cluster, JsonArray nodes) {
    List<String> wrong = new ArrayList<>();
    if (!"normal".equals(cluster.getString("mode"))) {
      wrong.add("the cluster is " + cluster.getString("mode"));
    }
    if (new Quorum(cluster).lacksLeader()) {
      wrong.add("no leader is known");
    }
    for (int i = 0; i < nodes.size(); i++) {
      JsonObject node = nodes.getJsonObject(i);
      if (!"active".equals(node.getString("status"))) {
        wrong.add(node.getString("id") + " is " + node.getString("status"));
      }
    }
    if (wrong.isEmpty()) {
      return ExitCodes.OK;
    }
    Errors.print(
        spec.commandLine().getErr(),
        String.join(", ", wrong),
        "'mabeam events' tells what happened");
    return ExitCodes.FAILED;
  }

  private static String nodes(JsonArray nodes) {
    long failed =
        nodes.stream()
            .filter(node -> "failed".equals(((JsonObject) node).getString("status")))
            .count();
    String all = count(nodes.size(), "node");
    return failed == 0 ? all : nodes.size() - failed + " of " + all;
  }

  static String count(int number, String thing) {
    return number + " " + thing + (number == 1 ? "" : "s");
  }
}
