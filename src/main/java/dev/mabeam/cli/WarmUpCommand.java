package dev.mabeam.cli;

import dev.mabeam.Mabeam;
import dev.mabeam.MabeamOptions;
import io.vertx.core.json.JsonObject;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * Runs what nodes and commands usually run, for the class-data archive that the launcher makes at
 * build: two nodes in this JVM, the sample, and the commands that ask them.
 */
@Command(name = "warm-up", hidden = true)
final class WarmUpCommand implements Callable<Integer> {
  private static final Duration LIMIT = Duration.ofSeconds(40);
  private static final int NODES = 2;

  @Override
  public Integer call() throws InterruptedException {
    NodeProcess.configureLogging();
    int base = Ports.freeBase(NODES);
    List<String> seeds = List.of("127.0.0.1:" + Ports.of(base, 0, 0).link());
    Mabeam first = NodeProcess.await(Mabeam.start(options(base, 0, seeds)), LIMIT);
    Mabeam second = NodeProcess.await(Mabeam.start(options(base, 1, seeds)), LIMIT);
    String url = "http://127.0.0.1:" + first.httpPort();
    String part =
        "{\"do\":\"count\",\"pass\":1,\"part\":1,\"file\":\"f\",\"counts\":{\"w\":1}}";
    String counter = "dev.mabeam.sample.CounterAgent";
    quietly("status", "--url", url);
    quietly("nodes", "--url", url);
    quietly("variables", "distribute", "v", "--merge", "map-by-key", "--url", url);
    quietly("agents", "deploy", counter, "--id", "c", "--config", "{\"variable\":\"v\"}", "--url",
        url);
    quietly("agents", "ask", "c", part, "--url", url);
    quietly("agents", "ask", "c", "{\"do\":\"total\",\"pass\":1}", "--url", url);
    quietly("agents", "tell", "c", part, "--url", url);
    quietly("agents", "list", "--url", url);
    quietly("variables", "get", "v", "--url", url);
    quietly("publish", "a", "{}", "--url", url);
    quietly("verticles", "list", "--url", url);
    quietly("events", "--url", url);
    quietly("config", "print");
    quietly("no-such-command");
    Api api = new Api(url, "", LIMIT);
    api.ok("/health/ready");
    api.ok("/");
    new JsonObject(api.object("/api/v1/cluster").encodePrettily()).copy();
    NodeProcess.await(second.close(), LIMIT);
    NodeProcess.await(first.close(), LIMIT);
    return ExitCodes.OK;
  }

  private static MabeamOptions options(int base, int index, List<String> seeds) {
    Ports ports = Ports.of(base, base + 5, index);
    return new MabeamOptions()
        .setName("warm-up-" + index)
        .setSeeds(seeds)
        .setGridPort(ports.grid())
        .setBusPort(ports.bus())
        .setLinkPort(ports.link())
        .setHttpPort(ports.http());
  }

  private static void quietly(String... args) {
    PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false);
    MabeamCli.run(args, nowhere, nowhere);
  }
}
