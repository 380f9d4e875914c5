package dev.mabeam.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What {@link VariablesCommand} has beside reading and writing. */
final class VariableCommands {
  private VariableCommands() {}

  @Command(
      name = "delete",
      aliases = "rm",
      description = {
        "Take a variable's value away. A write that had not seen it stays. When every replica knows,",
        "and nothing else was written, the name is free."
      },
      mixinStandardHelpOptions = true)
  static final class Delete implements Callable<Integer> {
    @Mixin private Client client;
    @Mixin private VariableSession session;

    @Parameters(paramLabel = "NAME", description = "the variable")
    private String name;

    @Option(
        names = "--acks",
        paramLabel = "1|majority",
        description = "how many replicas have to know before the answer (1)")
    private String acks;

    @Override
    public Integer call() {
      String query = session.query(client) + (acks == null ? "" : "&acks=" + Api.segment(acks));
      JsonObject answer =
          client.api().delete(VariablesCommand.path(name) + query, session.headers());
      session.keep(answer);
      client.print(
          client.json()
              ? answer.encodePrettily()
              : "%s is deleted at %s".formatted(name, answer.getString("node")));
      return ExitCodes.OK;
    }
  }

  @Command(
      name = "watch",
      description = "What a variable is now, and what it becomes, until interrupted.",
      mixinStandardHelpOptions = true)
  static final class Watch implements Callable<Integer> {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");

    @Mixin private Client client;
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "NAME", description = "the variable")
    private String name;

    @Option(
        names = "--count",
        paramLabel = "N",
        description = "end after so many, the first of which is what there is now")
    private Integer count;

    @Override
    public Integer call() {
      if (count != null && count < 1) {
        throw new ParameterException(spec.commandLine(), "--count is at least 1");
      }
      int[] left = {count == null ? Integer.MAX_VALUE : count};
      client
          .api()
          .lines(
              VariablesCommand.path(name) + "/watch",
              line -> {
                client.print(client.json() ? line : shown(new JsonObject(line)));
                return --left[0] > 0;
              });
      if (left[0] > 0) {
        throw new CliException(
            ExitCodes.NOT_REACHABLE,
            "the node at " + client.url() + " does not tell any more",
            "watch again, there or at another node");
      }
      return ExitCodes.OK;
    }

    private static String shown(JsonObject change) {
      long skipped = change.getLong("skipped", 0L);
      JsonArray siblings = change.getJsonArray("siblings", new JsonArray());
      return "%s  %s%s%s"
          .formatted(
              TIME.format(LocalTime.now()),
              change.getBoolean("deleted", false) ? "(deleted)" : value(change),
              siblings.isEmpty() ? "" : "  beside it: " + siblings.encode(),
              skipped == 0 ? "" : "  (" + skipped + " missed before)");
    }
  }

  private static String value(JsonObject with) {
    return with.containsKey("valueBytes")
        ? with.getString("valueBytes")
        : String.valueOf(with.copy().getValue("value"));
  }

  @Command(
      name = "explain",
      description = "How a variable stands: what each replica has, and which are behind.",
      mixinStandardHelpOptions = true)
  static final class Explain implements Callable<Integer> {
    private static final int LONGEST = 60;

    @Mixin private Client client;

    @Parameters(paramLabel = "NAME", description = "the variable")
    private String name;

    @Override
    public Integer call() {
      JsonObject explained = client.api().object(VariablesCommand.path(name) + "/explain");
      client.print(client.json() ? explained.encodePrettily() : shown(explained));
      return ExitCodes.OK;
    }

    private static String shown(JsonObject explained) {
      Table table = new Table("REPLICA", "ROLE", "SIBLINGS", "BEHIND", "HAS", "VALUE");
      LinkedHashSet<String> beside = new LinkedHashSet<>();
      JsonArray standings = explained.getJsonArray("standings");
      for (int i = 0; i < standings.size(); i++) {
        JsonObject each = standings.getJsonObject(i);
        each.getJsonArray("siblings").forEach(value -> beside.add(shortened(String.valueOf(value))));
        table.row(
            each.getString("node"),
            each.getString("role"),
            String.valueOf(each.getJsonArray("siblings").size()),
            behind(each),
            version(each.getJsonObject("version")),
            isUnreachable(each) ? "" : shortened(value(each)));
      }
      StringBuilder text =
          new StringBuilder(
              "%s is %s, by %s, %s; its master is %s at epoch %d%n%n"
                  .formatted(
                      explained.getString("name"),
                      explained.getString("consistency"),
                      explained.getString("sync"),
                      VariablesCommand.conflict(explained),
                      explained.getString("master"),
                      explained.getLong("epoch")));
      text.append(table);
      beside.forEach(value -> text.append("%nbeside it: %s".formatted(value)));
      return text.toString().stripTrailing();
    }

    private static boolean isUnreachable(JsonObject standing) {
      return standing.getString("role").equals("unreachable");
    }

    private static String behind(JsonObject standing) {
      if (isUnreachable(standing)) {
        return "?";
      }
      String behind = standing.getBoolean("behind") ? "yes" : "no";
      return standing.getBoolean("hidden") ? behind + ", hides some" : behind;
    }

    private static String version(JsonObject version) {
      return version.stream()
          .map(Explain::entry)
          .collect(Collectors.joining(","));
    }

    private static String entry(Map.Entry<String, Object> entry) {
      return entry.getKey() + ":" + entry.getValue();
    }

    private static String shortened(String value) {
      return value.length() <= LONGEST ? value : value.substring(0, LONGEST - 1) + "…";
    }
  }

  @Command(
      name = "export",
      description = {
        "Write the chain of blocks of a variable that has one to a file, which 'verify --file'",
        "checks without a cluster. A file that is there is left as it is."
      },
      mixinStandardHelpOptions = true)
  static final class Export implements Callable<Integer> {
    @Mixin private Client client;

    @Parameters(paramLabel = "NAME", description = "the variable")
    private String name;

    @Option(
        names = "--file",
        paramLabel = "FILE",
        description = "where to write it (NAME.ledger, in this directory)")
    private Path file;

    @Override
    public Integer call() {
      byte[] chain = client.api().bytes(VariablesCommand.path(name) + "/export");
      Path to = file == null ? Path.of(name + ".ledger") : file;
      write(to, chain);
      client.print(
          client.json()
              ? new JsonObject()
                  .put("name", name)
                  .put("file", to.toString())
                  .put("bytes", chain.length)
                  .encodePrettily()
              : "%s is in %s, %d bytes".formatted(name, to, chain.length));
      return ExitCodes.OK;
    }

    private static void write(Path to, byte[] chain) {
      try {
        Files.write(to, chain, StandardOpenOption.CREATE_NEW);
      } catch (FileAlreadyExistsException there) {
        throw new CliException(
            ExitCodes.CONFLICT,
            to + " is there already",
            "name another with --file: an older copy shows what was there");
      } catch (IOException failure) {
        throw new CliException(
            ExitCodes.FAILED, "cannot write " + to + ": " + failure, "name another with --file");
      }
    }
  }
}
