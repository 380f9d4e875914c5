package dev.mabeam.cli;

import dev.mabeam.variable.ConflictResolution;
import dev.mabeam.variable.Consistency;
import dev.mabeam.variable.SyncStrategy;
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
    description = "List, distribute, read, write and watch orchestration variables.",
    mixinStandardHelpOptions = true,
    subcommands = {
      VariablesCommand.ListThem.class,
      VariablesCommand.Distribute.class,
      VariablesCommand.Get.class,
      VariablesCommand.Set.class,
      VariableCommands.Delete.class,
      VariableCommands.Watch.class,
      VariableCommands.Explain.class,
      VerifyCommand.class,
      VariableCommands.Export.class
    })
final class VariablesCommand implements Runnable {
  private static final String PATH = "/api/v1/variables";

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "missing command: list, distribute, get, set, delete, watch, explain, verify or export");
  }

  static String path(String name) {
    return PATH + "/" + Api.segment(name);
  }

  /** Which function merges is of interest only where one does. */
  static String conflict(JsonObject variable) {
    String conflict = variable.getString("conflict");
    return conflict.equals("merge_function")
        ? conflict + "(" + variable.getString("merge") + ")"
        : conflict;
  }

  private static String list(JsonArray values) {
    return String.join(",", values.stream().map(String::valueOf).toList());
  }

  @Command(
      name = "list",
      aliases = "ls",
      description = "Variables by name: how they behave, and which nodes keep them.",
      mixinStandardHelpOptions = true)
  static final class ListThem implements Callable<Integer> {
    @Mixin private Client client;
    @Spec private CommandSpec spec;

    @Option(
        names = "--limit",
        paramLabel = "N",
        defaultValue = "1000",
        description = "how many at most (${DEFAULT-VALUE})")
    private int limit;

    @Option(
        names = "--after",
        paramLabel = "NAME",
        description = "only those whose names come after this one")
    private String after;

    @Override
    public Integer call() {
      String from = after == null ? "" : "&after=" + Api.segment(after);
      Api.Page page = client.api().page(PATH + "?limit=" + limit + from);
      JsonArray variables = page.rows();
      client.print(client.json() ? variables.encodePrettily() : table(variables));
      if (variables.size() == limit && page.total() > limit) {
        String last = variables.getJsonObject(limit - 1).getString("name");
        spec.commandLine()
            .getErr()
            .println("these are %d of %d; for more: --after '%s'".formatted(limit, page.total(), last));
      }
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
        names = "--consistency",
        paramLabel = "C",
        description = "what a reader may see: eventual, session, causal or strong (eventual)")
    private String consistency;

    @Option(
        names = "--sync",
        paramLabel = "S",
        description =
            "how an update travels: gossip, leader_follower, multi_master or blockchain (gossip)")
    private String sync;

    @Option(
        names = "--conflict",
        paramLabel = "R",
        description =
            "what concurrent updates become: last_writer_wins, vector_clocks, consensus or"
                + " merge_function (vector_clocks, or merge_function where --merge is given)")
    private String conflict;

    @Option(
        names = "--merge",
        paramLabel = "F",
        description =
            "how they are merged: map-by-key, max, min, set-union, counter or one of your own"
                + " (map-by-key)")
    private String merge;

    @Option(names = "--value", paramLabel = "V", description = "its first value, as JSON")
    private String value;

    @Override
    public Integer call() {
      JsonObject request = new JsonObject().put("name", name);
      if (replicas != null) {
        request.put("replicationFactor", replicas);
      }
      if (consistency != null) {
        request.put("consistency", Consistency.of(consistency).word());
      }
      if (sync != null) {
        request.put("sync", SyncStrategy.of(sync).word());
      }
      if (conflict != null) {
        request.put("conflict", ConflictResolution.of(conflict).word());
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
      description = "The value of a variable, as the level promises.",
      mixinStandardHelpOptions = true)
  static final class Get implements Callable<Integer> {
    @Mixin private Client client;
    @Mixin private VariableSession session;
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "NAME", description = "the variable")
    private String name;

    @Option(
        names = "--stale",
        description = "of a strong variable what the node has, without asking a majority")
    private boolean stale;

    @Override
    public Integer call() {
      String query = session.query(client) + (stale ? "&stale=true" : "");
      JsonObject answer = client.api().object(path(name) + query, session.headers());
      session.keep(answer);
      client.print(client.json() ? answer.encodePrettily() : shown(answer));
      if (!client.json()) {
        remarks(answer);
      }
      return ExitCodes.OK;
    }

    private static String shown(JsonObject answer) {
      Object value = answer.getValue("valueBytes", answer.getValue("value"));
      return value instanceof String string ? string : Json.encodePrettily(value);
    }

    /** What is to be known of the value stands beside it. */
    private void remarks(JsonObject answer) {
      JsonArray siblings = answer.getJsonArray("siblings", new JsonArray());
      if (!siblings.isEmpty()) {
        say("beside it stand, written without having seen it: " + list(siblings));
        say(
            "to settle them: mabeam variables set " + name + " VALUE --seen '"
                + answer.getJsonObject("version").encode() + "'");
      }
      if (answer.getBoolean("deleted", false)) {
        say("it is deleted");
      }
      if (answer.getBoolean("stale", false)) {
        say(answer.getString("node") + " did not make sure that this is the newest value");
      }
    }

    private void say(String remark) {
      spec.commandLine().getErr().println(remark);
    }
  }

  @Command(name = "set", description = "Write a variable.", mixinStandardHelpOptions = true)
  static final class Set implements Callable<Integer> {
    @Mixin private Client client;
    @Mixin private VariableSession session;

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

    @Option(
        names = "--gossip-fanout",
        paramLabel = "N",
        description = "how many replicas are told at once, where gossip carries it (3)")
    private Integer fanout;

    @Option(
        names = "--expected",
        paramLabel = "VALUE",
        description = "only if it has this value; for strong variables")
    private String expected;

    @Option(
        names = "--seen",
        paramLabel = "VERSION",
        description = "in place of all that the version has which was read before, as JSON")
    private String seen;

    @Override
    public Integer call() {
      JsonObject request = new JsonObject().put("value", Body.of(value, false));
      if (acks != null) {
        request.put("acks", acks);
      }
      if (fanout != null) {
        request.put("gossipFanout", fanout);
      }
      if (expected != null) {
        request.put("expected", Body.of(expected, false));
      }
      if (seen != null) {
        request.put("seen", Body.object("--seen", seen));
      }
      session.putLevel(request);
      String path = path(name) + VariableSession.timeout(client);
      JsonObject answer = client.api().put(path, request, session.headers());
      session.keep(answer);
      client.print(
          client.json()
              ? answer.encodePrettily()
              : "%s is written at %s".formatted(name, answer.getString("node")));
      return ExitCodes.OK;
    }
  }
}
