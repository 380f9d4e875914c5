package dev.mabeam.cli;

import dev.mabeam.MabeamOptions;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "node",
    description = "Run a node until it is interrupted.",
    footer = {
      "%nEvery option has a variable, such as MABEAM_GRID_PORT for --grid-port, and a key in the",
      "file of --config. A flag wins over the environment, the environment over the file."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class NodeCommand implements Callable<Integer> {
  @Mixin private NodeArgs args;
  @Spec private CommandSpec spec;

  @Option(
      names = "--stop-with-parent",
      hidden = true,
      description = "close in order at the end of standard input")
  private boolean stopWithParent;

  @Override
  public Integer call() throws InterruptedException {
    MabeamCli.requireSupportedJava();
    MabeamOptions options = args.resolve();
    requireFree(options);
    return new NodeProcess(options, spec.commandLine().getOut()).run(stopWithParent);
  }

  private static void requireFree(MabeamOptions options) {
    Ports ports =
        new Ports(
            options.getGridPort(), options.getBusPort(), options.getLinkPort(),
            options.getHttpPort());
    Ports.twice(List.of(ports))
        .ifPresent(
            port -> {
              throw new CliException(
                  ExitCodes.USAGE,
                  "port " + port + " is given twice",
                  "grid, bus, link, HTTP and the grid's port plus 4 are five ports");
            });
    for (Ports.Use use : ports.uses()) {
      boolean http = use.option().equals("--http-port");
      String host = http ? options.getHttpHost() : options.getBind();
      if (!Ports.isFree(host, use.port())) {
        throw taken(use, host);
      }
    }
  }

  private static CliException taken(Ports.Use use, String host) {
    if (!Ports.isLocal(host)) {
      return new CliException(
          ExitCodes.CONFIGURATION,
          "'" + host + "' is no address of this machine",
          use.option().equals("--http-port")
              ? "--http-host takes one of its own addresses, or 0.0.0.0"
              : "--bind takes one of its own addresses");
    }
    return new CliException(
        ExitCodes.CONFLICT,
        "port " + use.port() + " of " + host + " is in use by "
            + Ports.owner(use.port()).orElse("another program"),
        "choose another with " + use.option());
  }
}
