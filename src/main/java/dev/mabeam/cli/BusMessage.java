package dev.mabeam.cli;

import io.vertx.core.json.JsonObject;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What to send where on the event bus. */
final class BusMessage {
  @Parameters(index = "0", paramLabel = "ADDRESS", description = "where consumers listen")
  String address;

  @Parameters(
      index = "1",
      paramLabel = "BODY",
      description = "a JSON value; what is no JSON is sent as a string")
  private String body;

  @Option(names = "--text", description = "send BODY as a string, also if it is JSON")
  private boolean text;

  JsonObject toJson() {
    return new JsonObject().put("address", address).put("body", Body.of(body, text));
  }
}
