package dev.mabeam.cli;

import dev.mabeam.checkpoint.CheckpointStore;
import dev.mabeam.consensus.KeptLogs;
import dev.mabeam.error.ErrorCode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "quorum",
    description = "When a majority of the voters is gone for good.",
    mixinStandardHelpOptions = true,
    subcommands = QuorumCommand.Recover.class)
final class QuorumCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "missing command: recover");
  }

  @Command(
      name = "recover",
      description = "Make a new cluster of one out of a stopped voter's data directory.",
      footer = {
        "%nOnly when a majority of the voters will never come back: bring them back instead if",
        "you can. Stop every node first. What was decided and never reached this node's log is",
        "lost. Start the node again, then the others with --forget-cluster and it as their seed."
      },
      sortOptions = false,
      mixinStandardHelpOptions = true)
  static final class Recover implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
        names = "--data-dir",
        paramLabel = "DIR",
        required = true,
        description = "the data directory of the survivor, a stopped node that was a voter")
    private Path dataDirectory;

    @Option(
        names = "--i-accept-loss",
        description = "what never reached this node's log is lost, and that is accepted")
    private boolean acceptLoss;

    @Option(
        names = {"-o", "--output"},
        paramLabel = "table|json",
        defaultValue = "table",
        description = "how to print it (${DEFAULT-VALUE})")
    private Output output;

    private enum Output {
      table,
      json
    }

    @Override
    public Integer call() {
      if (!Files.isDirectory(dataDirectory)) {
        throw new CliException(
            ErrorCode.NOT_FOUND.exitCode(),
            "there is no directory " + dataDirectory,
            "name the --data-dir that the node was started with");
      }
      if (!acceptLoss) {
        throw new CliException(
            ExitCodes.USAGE,
            "decisions that never reached this node's log would be lost",
            "if a majority of the voters is gone for good, repeat this with --i-accept-loss");
      }
      KeptLogs.Recovered made =
          KeptLogs.recover(dataDirectory, "%016x".formatted(new SecureRandom().nextLong()));
      CheckpointStore.move(dataDirectory, made.newCluster());
      print(made);
      return ExitCodes.OK;
    }

    private void print(KeptLogs.Recovered made) {
      PrintWriter out = spec.commandLine().getOut();
      if (output == Output.json) {
        out.println(
            new JsonObject()
                .put("node", made.node())
                .put("oldCluster", made.oldCluster())
                .put("newCluster", made.newCluster())
                .put("lastIndex", made.lastIndex())
                .put("without", new JsonArray(made.without()))
                .encode());
        return;
      }
      out.println(
          "'%s' decides alone from now on, in a new cluster %s (it was %s); its log goes up to %d"
              .formatted(made.node(), made.newCluster(), made.oldCluster(), made.lastIndex()));
      out.println(
          made.without().isEmpty()
              ? "it was the only voter already"
              : "without the votes of: " + String.join(", ", made.without()));
      out.println(
          "start it with this --data-dir; then the others with --forget-cluster and it as a seed");
    }
  }
}
