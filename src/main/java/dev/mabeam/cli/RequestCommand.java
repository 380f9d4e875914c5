package dev.mabeam.cli;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "request",
    description = "Send a message to one consumer of an address and print its answer.",
    mixinStandardHelpOptions = true)
final class RequestCommand implements Callable<Integer> {
  @Mixin private Client client;

  @Parameters(index = "0", paramLabel = "ADDRESS", description = "where a consumer listens")
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
    JsonObject answer =
        client
            .api()
            .post(
                "/api/v1/bus/request",
                new JsonObject()
                    .put("address", address)
                    .put("body", Body.of(body, text))
                    .put("timeoutMs", client.patience().toMillis()));
    Object value = answer.getValue("body");
    if (client.json()) {
      client.print(answer.encodePrettily());
    } else {
      client.print(value instanceof String string ? string : Json.encodePrettily(value));
    }
    return ExitCodes.OK;
  }
}
