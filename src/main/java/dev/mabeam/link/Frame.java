package dev.mabeam.link;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;

/**
 * What one end of a link says to the other.
 *
 * @param type what kind of thing it is; a receiver skips a type that it does not know
 * @param payload JSON for the control messages, eight bytes for heartbeats and echoes
 */
public record Frame(byte type, Buffer payload) {
  static final byte HELLO = 1;
  static final byte HEARTBEAT = 2;
  static final byte ECHO = 3;
  static final byte ASK = 4;
  static final byte ANSWER = 5;
  static final byte MEMBERS = 6;
  static final byte GOODBYE = 7;
  static final byte REFUSAL = 8;

  static Frame of(byte type, JsonObject json) {
    return new Frame(type, json.toBuffer());
  }

  static Frame of(byte type, long number) {
    return new Frame(type, Buffer.buffer(8).appendLong(number));
  }

  /** The payload as JSON; an empty object if it is none, so that a bad frame says nothing. */
  JsonObject json() {
    try {
      return payload.toJsonObject();
    } catch (DecodeException | ClassCastException malformed) {
      return new JsonObject();
    }
  }

  /** The payload as a number; 0 if it is too short. */
  long number() {
    return payload.length() < 8 ? 0 : payload.getLong(0);
  }
}
