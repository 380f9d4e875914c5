package dev.mabeam.cli;

import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "publish",
    description = "Send a message to every consumer of an address on the event bus.",
    mixinStandardHelpOptions = true)
final class PublishCommand implements Callable<Integer> {
  @Mixin private Client client;

  @Parameters(index = "0", paramLabel = "ADDRESS", description = "where consumers listen")
  private String address;

  @Parameters(
      index = "1",
      paramLabel = "BODY",
      description = "a JSON value; what is no JSON is sent as a string")
  private String body;

  @Option(names = "--text", description = "send BODY as a string, also if it is JSON")
  private boolean text;

  @Override
  public Integer call() {
    client
        .api()
        .post(
            "/api/v1/bus/publish",
            new JsonObject().put("address", address).put("body", Body.of(body, text)));
    if (client.json()) {
      client.print(new JsonObject().put("published", address).encodePrettily());
    }
    return ExitCodes.OK;
  }
}
