package dev.mabeam.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "join",
    description = "Have a node that founded a cluster alone join another one.",
    mixinStandardHelpOptions = true)
final class JoinCommand implements Callable<Integer> {
  @Mixin private Client client;

  @Parameters(
      arity = "1..*",
      paramLabel = "HOST:LINKPORT",
      description = "link addresses of nodes of that cluster")
  private List<String> seeds;

  @Override
  public Integer call() {
    client.api().post("/api/v1/cluster/join", new JsonObject().put("seeds", new JsonArray(seeds)));
    client.print(
        client.json()
            ? new JsonObject().put("joining", new JsonArray(seeds)).encodePrettily()
            : "joining through " + String.join(", ", seeds) + "; see 'mabeam status'");
    return ExitCodes.OK;
  }
}
