package dev.mabeam.cli;

import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "publish",
    description = "Send a message to every consumer of an address on the event bus.",
    mixinStandardHelpOptions = true)
final class PublishCommand implements Callable<Integer> {
  @Mixin private Client client;

  @Mixin private BusMessage message;

  @Override
  public Integer call() {
    client.api().post("/api/v1/bus/publish", message.toJson());
    if (client.json()) {
      client.print(new JsonObject().put("published", message.address).encodePrettily());
    }
    return ExitCodes.OK;
  }
}
