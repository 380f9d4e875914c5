package dev.mabeam.cli;

import dev.mabeam.SupportedJava;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command {@code mabeam}: {@code main} is {@link #run} and nothing else, so tests drive it. */
@Command(
    name = "mabeam",
    description = "Multi-agent systems on a cluster of Vert.x nodes.",
    mixinStandardHelpOptions = true,
    versionProvider = MabeamCli.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DemoCommand.class,
      NodeCommand.class,
      StatusCommand.class,
      NodesCommand.class,
      AgentsCommand.class,
      MigrationsCommand.class,
      DrainCommand.class,
      DrainCommand.Undrain.class,
      VariablesCommand.class,
      PlacementCommand.class,
      VerticlesCommand.class,
      JoinCommand.class,
      PublishCommand.class,
      RequestCommand.class,
      EventsCommand.class,
      ConfigCommand.class,
      DoctorCommand.class,
      QuorumCommand.class,
      BenchCommand.class,
      CompletionCommand.class,
      WarmUpCommand.class,
      BenchNodeCommand.class
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      " 0:ok",
      " 1:failed",
      " 2:wrong usage, or a request that is not valid",
      " 3:not found",
      " 4:the node cannot be reached, or the caller is not allowed",
      " 5:conflict: a name or a port that is taken",
      " 6:unavailable or timed out",
      "78:unsupported Java, or bad configuration"
    },
    footerHeading = "%nEnvironment:%n",
    footer = {
      "  MABEAM_URL      the node that commands ask (http://127.0.0.1:8080)",
      "  MABEAM_TOKEN    the operator's token",
      "  NODE_NAME, CLUSTER_NODES, CLUSTER_DISCOVERY, NAMESPACE, MABEAM_*    options of a node;",
      "                  'mabeam config print' shows what they come to"
    })
public final class MabeamCli implements Callable<Integer> {
  @Spec private CommandSpec spec;

  private MabeamCli() {}

  /** Exits the JVM with {@link #run}'s result. */
  public static void main(String[] args) {
    System.exit(run(args, System.out, System.err));
  }

  /** Runs one command to its end and returns its exit code; never throws. */
  public static int run(String[] args, PrintStream out, PrintStream err) {
    CommandLine commandLine = commandLine(out, err);
    try {
      return commandLine.execute(args);
    } catch (OutOfMemoryError full) {
      Errors.print(
          commandLine.getErr(),
          "out of memory (" + full.getMessage() + ")",
          "give it more: MABEAM_JAVA_OPTS=-Xmx1g");
      return ExitCodes.FAILED;
    }
  }

  static CommandLine commandLine(PrintStream out, PrintStream err) {
    return new CommandLine(new MabeamCli())
        .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
        .setExpandAtFiles(false)
        .setAbbreviatedOptionsAllowed(false)
        .setUsageHelpWidth(100)
        .setUsageHelpAutoWidth(false)
        .setParameterExceptionHandler(Errors::usage)
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> Errors.report(failure, command));
  }

  /** Before a node is started: 78 if this Java is not supported. */
  static void requireSupportedJava() {
    SupportedJava.objection()
        .ifPresent(
            objection -> {
              throw new CliException(
                  ExitCodes.CONFIGURATION, objection.getMessage(), objection.hint());
            });
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return ExitCodes.USAGE;
  }

  /** {@code mabeam 0.1.0 (Java 17.0.15)}. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"mabeam " + number() + " (Java " + Runtime.version() + ")"};
    }

    static String number() {
      String version = MabeamCli.class.getPackage().getImplementationVersion();
      return version == null ? "development" : version;
    }
  }
}
