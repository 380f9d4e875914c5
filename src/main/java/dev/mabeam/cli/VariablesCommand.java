package dev.mabeam.cli;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "variables",
    aliases = "variable",
    description = "List, distribute, read and write orchestration variables.",
    mixinStandardHelpOptions = true,
    subcommands = {
      VariablesCommand.ListThem.class,
      VariablesCommand.Distribute.class,
      VariablesCommand.Get.class,
      VariablesCommand.Set.class,
      VerifyCommand.class
    })
final class VariablesCommand implements Runnable {
  private static final String PATH = "/api/v1/variables";

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "missing command: list, distribute, get, set or verify");
  }

  private static String path(String name) {
    return PATH + "/" + Api.segment(name);
  }

  private static String list(JsonArray values) {
    return String.join(",", values.stream().map(String::valueOf).toList());
  }

  @Command(
      name = "list",
      aliases = "ls",
      description = "Every variable: how it behaves, and which nodes keep it.",
      mixinStandardHelpOptions = true)
  static final class ListThem implements Callable<Integer> {
    @Mixin private Client client;

    @Override
    public Integer call() {
      JsonArray variables = client.api().array(PATH);
      client.print(client.json() ? variables.encodePrettily() : table(variables));
      return ExitCodes.OK;
    }

    private static String table(JsonArray variables) {
      Table table = new Table("VARIABLE", "CONSISTENCY", "SYNC", "CONFLICT", "MASTER", "REPLICAS");
      for (int i = 0; i < variables.size(); i++) {
        JsonObject variable = variables.getJsonObject(i);
        table.row(
            variable.getString("name"),
            variable.getString("consistency"),
            variable.getString("sync"),
            conflict(variable),
            variable.getString("master"),
            VariablesCommand.list(variable.getJsonArray("replicas")));
      }
      return table.toString();
    }

    /** Which function merges is of interest only where one does. */
    private static String conflict(JsonObject variable) {
      String conflict = variable.getString("conflict");
      return conflict.equals("merge_function")
          ? conflict + "(" + variable.getString("merge") + ")"
          : conflict;
    }
  }

  @Command(
      name = "distribute",
      description =
          "Make a variable known everywhere: eventual, by gossip, concurrent values side by side"
              + " unless it says otherwise.",
      mixinStandardHelpOptions = true)
  static final class Distribute implements Callable<Integer> {
    @Mixin private Client client;

    @Parameters(paramLabel = "NAME", description = "names it in the whole cluster")
    private String name;

    @Option(
        names = "--replicas",
        paramLabel = "N",
        description = "how many nodes keep it; 0 for all (3)")
    private Integer replicas;

    @Option(
        names = "--conflict",
        paramLabel = "R",
        description =
            "what concurrent updates become: merge_function, last_writer_wins or vector_clocks"
                + " (vector_clocks, or merge_function where --merge is given)")
    private String conflict;

    @Option(
        names = "--merge",
        paramLabel = "F",
        description =
            "how they are merged: map-by-key, max, min, set-union or counter (map-by-key)")
    private String merge;

    @Option(names = "--value", paramLabel = "V", description = "its first value, as JSON")
    private String value;

    @Override
    public Integer call() {
      JsonObject request = new JsonObject().put("name", name);
      if (replicas != null) {
        request.put("replicationFactor", replicas);
      }
      if (conflict != null) {
        request.put("conflict", conflict);
      }
      if (merge != null) {
        request.put("merge", merge);
      }
      if (value != null) {
        request.put("value", Body.of(value, false));
      }
      JsonObject known = client.api().post(PATH, request);
      client.print(
          client.json()
              ? known.encodePrettily()
              : "%s is kept by %s".formatted(name, list(known.getJsonArray("replicas"))));
      return ExitCodes.OK;
    }
  }

  @Command(
      name = "get",
      description = "The value of a variable, as a replica has it.",
      mixinStandardHelpOptions = true)
  static final class Get implements Callable<Integer> {
    @Mixin private Client client;

    @Parameters(paramLabel = "NAME", description = "the variable")
    private String name;

    @Override
    public Integer call() {
      JsonObject answer = client.api().object(path(name));
      Object value = answer.getValue("value");
      client.print(
          client.json()
              ? answer.encodePrettily()
              : value instanceof String string ? string : Json.encodePrettily(value));
      return ExitCodes.OK;
    }
  }

  @Command(name = "set", description = "Write a variable.", mixinStandardHelpOptions = true)
  static final class Set implements Callable<Integer> {
    @Mixin private Client client;

    @Parameters(index = "0", paramLabel = "NAME", description = "the variable")
    private String name;

    @Parameters(
        index = "1",
        paramLabel = "VALUE",
        description = "a JSON value, an object for one that is merged key by key")
    private String value;

    @Option(
        names = "--acks",
        paramLabel = "1|majority",
        description = "how many replicas have to have it before the answer (1)")
    private String acks;

    @Override
    public Integer call() {
      JsonObject request = new JsonObject().put("value", Body.of(value, false));
      if (acks != null) {
        request.put("acks", acks);
      }
      JsonObject answer = client.api().put(path(name), request);
      client.print(
          client.json()
              ? answer.encodePrettily()
              : "%s is written at %s".formatted(name, answer.getString("node")));
      return ExitCodes.OK;
    }
  }
}
