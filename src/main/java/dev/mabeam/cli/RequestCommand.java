package dev.mabeam.cli;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
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
  /** The node answers TIMEOUT by itself if it has a moment less than we wait. */
  private static final Duration MARGIN = Duration.ofMillis(500);

  /** The longest that a node waits for an answer on the bus. */
  private static final Duration LONGEST = Duration.ofSeconds(60);

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
    Duration wait = client.timeout().compareTo(LONGEST) > 0 ? LONGEST : client.timeout();
    if (wait.compareTo(MARGIN.multipliedBy(2)) > 0) {
      wait = wait.minus(MARGIN);
    }
    JsonObject answer =
        client
            .api()
            .post(
                "/api/v1/bus/request",
                new JsonObject()
                    .put("address", address)
                    .put("body", Body.of(body, text))
                    .put("timeoutMs", wait.toMillis()));
    Object value = answer.getValue("body");
    if (client.json()) {
      client.print(answer.encodePrettily());
    } else {
      client.print(value instanceof String string ? string : Json.encodePrettily(value));
    }
    return ExitCodes.OK;
  }
}
