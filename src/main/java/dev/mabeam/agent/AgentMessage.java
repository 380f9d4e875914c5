package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.json.JsonObject;

/**
 * One message to an agent.
 *
 * @param body what was sent: a JSON value, a buffer, or null
 * @param asked whether somebody waits for the answer
 */
public record AgentMessage(Object body, boolean asked) {
  /** The body as a JSON object; INVALID, which the sender gets, if it is none. */
  public JsonObject json() {
    if (body instanceof JsonObject json) {
      return json;
    }
    throw new MabeamException(ErrorCode.INVALID, "the message is no JSON object");
  }
}
