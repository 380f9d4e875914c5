package dev.mabeam.cli;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "request",
    description = "Send a message to one consumer of an address and print its answer.",
    mixinStandardHelpOptions = true)
final class RequestCommand implements Callable<Integer> {
  @Mixin private Client client;

  @Mixin private BusMessage message;

  @Override
  public Integer call() {
    JsonObject answer =
        client
            .api()
            .post(
                "/api/v1/bus/request",
                message.toJson().put("timeoutMs", client.patience().toMillis()));
    Object value = answer.getValue("body");
    if (client.json()) {
      client.print(answer.encodePrettily());
    } else {
      client.print(value instanceof String string ? string : Json.encodePrettily(value));
    }
    return ExitCodes.OK;
  }
}
