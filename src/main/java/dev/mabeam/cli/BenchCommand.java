package dev.mabeam.cli;

import io.vertx.core.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "bench",
    description = "Measure this build on this machine; prints JSON.",
    mixinStandardHelpOptions = true,
    subcommands = {
      FormationBench.class,
      MessagesBench.class,
      AgentsBench.class,
      MigrationBench.class,
      FailoverBench.class,
      VariablesBench.class,
      PlacementBench.class
    })
final class BenchCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), 
        "missing command: formation, messages, agents, migration, failover, variables or placement");
  }

  /** What every answer begins with. */
  static JsonObject about(String benchmark) {
    return new JsonObject()
        .put("benchmark", benchmark)
        .put("processors", Runtime.getRuntime().availableProcessors())
        .put("java", Runtime.version().toString())
        .put("version", MabeamCli.Version.number());
  }
}
