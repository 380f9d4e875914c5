package dev.mabeam.cli;

import dev.mabeam.MabeamOptions;
import dev.mabeam.Wiring;
import dev.mabeam.bench.BareLog;
import dev.mabeam.bench.BenchPeer;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A node that {@code bench} starts: an ordinary one, which also measures when it is told to. */
@Command(name = BenchNodeCommand.NAME, hidden = true)
final class BenchNodeCommand implements Callable<Integer> {
  static final String NAME = "bench-node";

  @Mixin private NodeArgs args;
  @Spec private CommandSpec spec;

  @Option(names = "--stop-with-parent", hidden = true)
  private boolean stopWithParent;

  @Override
  public Integer call() throws InterruptedException {
    MabeamOptions options = args.resolve();
    BareLog log = new BareLog();
    return new NodeProcess(options, spec.commandLine().getOut())
        .run(
            stopWithParent,
            Wiring.PLAIN.deciding(log::machines, log::through),
            mabeam -> BenchPeer.start(mabeam, options.getName(), log));
  }
}
