package dev.mabeam.cli;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;

/** A message's body as it stands on a command line. */
final class Body {
  private Body() {}

  /** The JSON value that {@code text} is; what is no JSON is a string, and all is if so asked. */
  static Object of(String text, boolean asText) {
    if (asText) {
      return text;
    }
    try {
      return Json.decodeValue(text);
    } catch (DecodeException notJson) {
      return text;
    }
  }

  /** An answer for people: strings as they are, JSON in lines, and what is no JSON unchanged. */
  static String shown(String answer) {
    try {
      Object value = Json.decodeValue(answer);
      return value instanceof String string ? string : Json.encodePrettily(value);
    } catch (DecodeException bytes) {
      return answer;
    }
  }

  static JsonObject object(String option, String text) {
    try {
      return new JsonObject(text);
    } catch (DecodeException | ClassCastException notObject) {
      throw new CliException(
          ExitCodes.USAGE,
          option + " is no JSON object: " + text,
          "write it as '{\"key\":\"value\"}', in single quotes");
    }
  }
}
