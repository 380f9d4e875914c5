package dev.mabeam.cli;

import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "config",
    description = "Show how a node would be configured.",
    mixinStandardHelpOptions = true,
    subcommands = ConfigCommand.Print.class)
final class ConfigCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "missing command: print");
  }

  @Command(
      name = "print",
      description = "The options that 'node' with the same flags would start with, as JSON.",
      footer =
          "%nA flag wins over the environment, the environment over --config, that over defaults.",
      sortOptions = false,
      mixinStandardHelpOptions = true)
  static final class Print implements Callable<Integer> {
    @Mixin private NodeArgs args;
    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      JsonObject options = args.resolve().toJson();
      if (!options.getString("token").isEmpty()) {
        options.put("token", "***");
      }
      spec.commandLine().getOut().println(options.encodePrettily());
      return ExitCodes.OK;
    }
  }
}
