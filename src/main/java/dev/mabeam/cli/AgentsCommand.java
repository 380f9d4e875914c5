package dev.mabeam.cli;

import dev.mabeam.agent.InSession;
import dev.mabeam.error.MabeamException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "agents",
    aliases = "agent",
    description = "List, show, deploy, move and undeploy agents, and send messages to them.",
    mixinStandardHelpOptions = true,
    subcommands = {
      AgentsCommand.ListThem.class,
      AgentsCommand.Show.class,
      AgentsCommand.Deploy.class,
      AgentsCommand.Undeploy.class,
      AgentsCommand.Ask.class,
      AgentsCommand.Tell.class,
      AgentsCommand.Migrate.class,
      AgentsCommand.Recover.class
    })
final class AgentsCommand implements Runnable {
  private static final String PATH = "/api/v1/agents";

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "missing command: list, show, deploy, undeploy, ask, tell, migrate or recover");
  }

  private static String path(String id) {
    return PATH + "/" + Api.segment(id);
  }

  @Command(
      name = "list",
      aliases = "ls",
      description = "Every agent, on all nodes.",
      mixinStandardHelpOptions = true)
  static final class ListThem implements Callable<Integer> {
    @Mixin private Client client;

    @Override
    public Integer call() {
      JsonArray agents = client.api().array(PATH);
      client.print(client.json() ? agents.encodePrettily() : table(agents));
      return ExitCodes.OK;
    }

    private static String table(JsonArray agents) {
      Table table = new Table("AGENT", "TYPE", "NODE", "EPOCH", "STATUS");
      for (int i = 0; i < agents.size(); i++) {
        JsonObject agent = agents.getJsonObject(i);
        table.row(
            agent.getString("id"),
            agent.getString("type"),
            agent.getString("node"),
            agent.getLong("epoch"),
            agent.getString("status"));
      }
      return table.toString();
    }
  }

  @Command(name = "show", description = "One agent in full.", mixinStandardHelpOptions = true)
  static final class Show implements Callable<Integer> {
    @Mixin private Client client;

    @Parameters(paramLabel = "ID", description = "the agent's id")
    private String id;

    @Override
    public Integer call() {
      JsonObject agent = client.api().object(path(id));
      client.print(client.json() ? agent.encodePrettily() : NodesCommand.fields(agent));
      return ExitCodes.OK;
    }
  }

  @Command(
      name = "deploy",
      description = "Deploy an agent where there is room for it.",
      footer = "%n'mabeam placement explain' tells where it would go, and why.",
      mixinStandardHelpOptions = true)
  static final class Deploy implements Callable<Integer> {
    @Mixin private Client client;

    @Parameters(
        paramLabel = "TYPE-OR-CLASS",
        description = "a built-in type such as counter, or the full name of a class")
    private String type;

    @Option(
        names = "--id",
        paramLabel = "ID",
        required = true,
        description = "names it in the whole cluster")
    private String id;

    @Option(
        names = "--capability",
        paramLabel = "K",
        description = "what its node must have; may be repeated")
    private List<String> capabilities = List.of();

    @Option(names = "--memory", paramLabel = "MB", description = "megabytes that it reserves")
    private Integer memory;

    @Option(
        names = "--cpu",
        paramLabel = "W",
        description = "share of cores that it reserves; 1.0 is one core")
    private Double cpu;

    @Option(names = "--config", paramLabel = "JSON", description = "its own settings")
    private String config;

    @Option(
        names = "--durability",
        paramLabel = "D",
        description = "volatile, checkpointed or durable; what is kept of it (default: durable)")
    private String durability;

    @Option(
        names = "--every",
        paramLabel = "N",
        description = "checkpointed: after so many messages")
    private Integer messages;

    @Option(
        names = "--within",
        paramLabel = "MS",
        description = "checkpointed: or so long after the first of them")
    private Integer millis;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      JsonObject request = new JsonObject().put("id", id).put("type", type);
      keep(request);
      JsonObject requirements = requirements();
      if (!requirements.isEmpty()) {
        request.put("requirements", requirements);
      }
      if (config != null) {
        request.put("config", Body.object("--config", config));
      }
      JsonObject agent = client.api().post(PATH, request);
      client.print(
          client.json()
              ? agent.encodePrettily()
              : "%s runs on %s".formatted(agent.getString("id"), agent.getString("node")));
      return ExitCodes.OK;
    }

    private void keep(JsonObject request) {
      JsonObject pace = new JsonObject();
      if (messages != null) {
        pace.put("messages", messages);
      }
      if (millis != null) {
        pace.put("millis", millis);
      }
      if (durability != null) {
        request.put("durability", durability);
      }
      if (!pace.isEmpty()) {
        if (!"checkpointed".equals(durability)) {
          throw new ParameterException(
              spec.commandLine(), "--every and --within go with --durability checkpointed");
        }
        request.put("pace", pace);
      }
    }

    private JsonObject requirements() {
      JsonObject requirements = new JsonObject();
      if (!capabilities.isEmpty()) {
        requirements.put("capabilities", new JsonArray(capabilities));
      }
      if (memory != null) {
        requirements.put("memoryMb", memory);
      }
      if (cpu != null) {
        requirements.put("cpuWeight", cpu);
      }
      return requirements;
    }
  }

  @Command(
      name = "undeploy",
      description = "Stop an agent and forget it, with its state.",
      mixinStandardHelpOptions = true)
  static final class Undeploy implements Callable<Integer> {
    @Mixin private Client client;

    @Parameters(paramLabel = "ID", description = "the agent's id")
    private String id;

    @Override
    public Integer call() {
      client.api().delete(path(id));
      client.print(
          client.json()
              ? new JsonObject().put("undeployed", id).encodePrettily()
              : id + " is undeployed");
      return ExitCodes.OK;
    }
  }

  /** Whom to send what. */
  static final class Message {
    @Parameters(index = "0", paramLabel = "ID", description = "the agent's id")
    private String id;

    @Parameters(
        index = "1",
        paramLabel = "BODY",
        description = "a JSON value; what is no JSON is sent as a string")
    private String body;

    @Option(names = "--text", description = "send BODY as a string, also if it is JSON")
    private boolean text;

    @Option(
        names = "--session",
        paramLabel = "NAME",
        description = "a new name, such as a UUID: with --sequence, the message can be sent again")
    private String session;

    @Option(
        names = "--sequence",
        paramLabel = "N",
        description = "the how manieth message of that session to this agent, from 1")
    private String sequence;

    @Option(
        names = "--floor",
        paramLabel = "N",
        description = "the lowest number whose answer is still of use; the same if not given")
    private String floor;

    @Option(
        names = "--age",
        paramLabel = "MS",
        description = "how long ago it was first sent: for volatile agents, and from half an hour on")
    private String age;

    Object value() {
      return Body.of(body, text);
    }

    /** What says which message of which session it is. */
    Map<String, String> headers() {
      InSession.of(session, sequence, floor, age);
      Map<String, String> headers = new LinkedHashMap<>();
      put(headers, InSession.SESSION, session);
      put(headers, InSession.SEQUENCE, sequence);
      put(headers, InSession.FLOOR, floor);
      put(headers, InSession.AGE, age);
      return headers;
    }

    private static void put(Map<String, String> headers, String name, String value) {
      if (value != null) {
        headers.put(name, value);
      }
    }
  }

  @Command(
      name = "ask",
      description = "Send a message to an agent and print its answer.",
      mixinStandardHelpOptions = true)
  static final class Ask implements Callable<Integer> {
    @Mixin private Client client;
    @Mixin private Message message;

    @Override
    public Integer call() {
      String path = path(message.id) + "/ask?timeoutMs=" + client.patience().toMillis();
      String answer = client.api().send(path, message.value(), message.headers());
      client.print(client.json() ? answer : Body.shown(answer));
      return ExitCodes.OK;
    }
  }

  @Command(
      name = "tell",
      description = "Send a message to an agent, and do not wait for what it makes of it.",
      mixinStandardHelpOptions = true)
  static final class Tell implements Callable<Integer> {
    @Mixin private Client client;
    @Mixin private Message message;

    @Override
    public Integer call() {
      String answer = client.api().send(path(message.id) + "/tell", message.value(), message.headers());
      client.print(client.json() ? answer : message.id + " was told");
      return ExitCodes.OK;
    }
  }

  @Command(
      name = "migrate",
      description = "Move an agent to another node, with its state, while messages to it flow.",
      mixinStandardHelpOptions = true)
  static final class Migrate implements Callable<Integer> {
    @Mixin private Client client;
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "ID", description = "the agent's id")
    private String id;

    @Option(
        names = "--to",
        paramLabel = "NODE",
        required = true,
        description = "a node's id or name")
    private String to;

    @Option(names = "--dry-run", description = "only say what would happen")
    private boolean dryRun;

    @Override
    public Integer call() {
      JsonObject request = new JsonObject().put("to", to).put("dryRun", dryRun);
      JsonObject answer = client.api().post(path(id) + "/migrate", request);
      if (client.json()) {
        client.print(answer.encodePrettily());
      } else if (!dryRun) {
        client.print(moved(answer));
      } else if (answer.getBoolean("possible")) {
        client.print(
            "%s would move from %s to %s"
                .formatted(id, answer.getString("from"), answer.getString("to")));
      }
      return dryRun && !answer.getBoolean("possible") ? refused(answer) : ExitCodes.OK;
    }

    private int refused(JsonObject answer) {
      JsonObject error = answer.getJsonObject("error");
      Errors.print(
          spec.commandLine().getErr(), error.getString("message"), error.getString("hint"));
      return MabeamException.fromJson(error).code().exitCode();
    }

    private static String moved(JsonObject move) {
      return "%s runs on %s at epoch %d: %d bytes in %s ms"
          .formatted(
              move.getString("agent"),
              move.getString("to"),
              move.getLong("epoch"),
              move.getLong("bytes"),
              MigrationsCommand.tenths(move.getDouble("ms")));
    }
  }

  @Command(
      name = "recover",
      description = "Give an agent that has no node one now.",
      footer = "%nThis happens by itself, but for agents whose state is uncertain.",
      mixinStandardHelpOptions = true)
  static final class Recover implements Callable<Integer> {
    @Mixin private Client client;

    @Parameters(paramLabel = "ID", description = "the agent's id")
    private String id;

    @Option(
        names = "--accept-loss",
        description = "also if its last state is gone for good: from the newest left, or empty")
    private boolean acceptLoss;

    @Override
    public Integer call() {
      JsonObject agent =
          client
              .api()
              .post(path(id) + "/recover", new JsonObject().put("acceptLoss", acceptLoss));
      client.print(
          client.json()
              ? agent.encodePrettily()
              : "%s is recovered on %s".formatted(id, agent.getString("node")));
      return ExitCodes.OK;
    }
  }
}
