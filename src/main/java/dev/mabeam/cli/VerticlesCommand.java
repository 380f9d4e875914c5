package dev.mabeam.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "verticles",
    aliases = "verticle",
    description = "List, show, deploy and undeploy plain verticles.",
    mixinStandardHelpOptions = true,
    subcommands = {
      VerticlesCommand.ListThem.class,
      VerticlesCommand.Show.class,
      VerticlesCommand.Deploy.class,
      VerticlesCommand.Undeploy.class
    })
final class VerticlesCommand implements Runnable {
  private static final String PATH = "/api/v1/verticles";

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "missing command: list, show, deploy or undeploy");
  }

  @Command(
      name = "list",
      aliases = "ls",
      description = "Every verticle that was deployed, on all nodes.",
      mixinStandardHelpOptions = true)
  static final class ListThem implements Callable<Integer> {
    @Mixin private Client client;

    @Override
    public Integer call() {
      JsonArray verticles = client.api().array(PATH);
      client.print(client.json() ? verticles.encodePrettily() : table(verticles));
      return ExitCodes.OK;
    }

    private static String table(JsonArray verticles) {
      Table table = new Table("VERTICLE", "CLASS", "NODE", "SINCE");
      for (int i = 0; i < verticles.size(); i++) {
        JsonObject verticle = verticles.getJsonObject(i);
        table.row(
            verticle.getString("id"),
            verticle.getString("class"),
            verticle.getString("node"),
            Instant.ofEpochMilli(verticle.getLong("since", 0L)).truncatedTo(ChronoUnit.SECONDS));
      }
      return table.toString();
    }
  }

  @Command(name = "show", description = "One verticle in full.", mixinStandardHelpOptions = true)
  static final class Show implements Callable<Integer> {
    @Mixin private Client client;

    @Parameters(paramLabel = "ID", description = "the verticle's id")
    private String id;

    @Override
    public Integer call() {
      JsonObject verticle = client.api().object(PATH + "/" + Api.segment(id));
      client.print(client.json() ? verticle.encodePrettily() : NodesCommand.fields(verticle));
      return ExitCodes.OK;
    }
  }

  @Command(
      name = "deploy",
      description = "Deploy a verticle class that the nodes allow.",
      mixinStandardHelpOptions = true)
  static final class Deploy implements Callable<Integer> {
    @Mixin private Client client;

    @Parameters(paramLabel = "CLASS", description = "the full name of the class")
    private String className;

    @Option(names = "--id", paramLabel = "ID", description = "unique in the cluster (made up)")
    private String id;

    @Option(
        names = "--node",
        paramLabel = "NODE",
        description = "a node's id or name (the least loaded)")
    private String node;

    @Option(names = "--config", paramLabel = "JSON", description = "the verticle's configuration")
    private String config;

    @Override
    public Integer call() {
      JsonObject request = new JsonObject().put("class", className);
      if (id != null) {
        request.put("id", id);
      }
      if (node != null) {
        request.put("node", node);
      }
      if (config != null) {
        request.put("config", Body.object("--config", config));
      }
      JsonObject verticle = client.api().post(PATH, request);
      client.print(
          client.json()
              ? verticle.encodePrettily()
              : "%s runs on %s".formatted(verticle.getString("id"), verticle.getString("node")));
      return ExitCodes.OK;
    }
  }

  @Command(name = "undeploy", description = "Stop a verticle.", mixinStandardHelpOptions = true)
  static final class Undeploy implements Callable<Integer> {
    @Mixin private Client client;

    @Parameters(paramLabel = "ID", description = "the verticle's id")
    private String id;

    @Override
    public Integer call() {
      client.api().delete(PATH + "/" + Api.segment(id));
      client.print(
          client.json()
              ? new JsonObject().put("undeployed", id).encodePrettily()
              : id + " is undeployed");
      return ExitCodes.OK;
    }
  }
}
