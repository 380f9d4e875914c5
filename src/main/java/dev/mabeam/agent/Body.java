package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;

/**
 * What messages and answers consist of: null, a JSON value, or a buffer. In bytes: a tag, then what
 * the tag says to the end of the frame; a JSON object or array as JSON text.
 */
final class Body {
  private static final byte NULL = 0;
  private static final byte BUFFER = 1;
  private static final byte OBJECT = 2;
  private static final byte ARRAY = 3;
  private static final byte STRING = 4;
  private static final byte FALSE = 5;
  private static final byte TRUE = 6;
  private static final byte INT = 7;
  private static final byte LONG = 8;
  private static final byte DOUBLE = 9;

  private Body() {}

  static boolean travels(Object value) {
    return value == null
        || value instanceof Buffer
        || value instanceof JsonObject
        || value instanceof JsonArray
        || value instanceof String
        || value instanceof Boolean
        || isNumber(value);
  }

  private static boolean isNumber(Object value) {
    return value instanceof Integer
        || value instanceof Long
        || value instanceof Double
        || value instanceof Float
        || value instanceof Short
        || value instanceof Byte;
  }

  /** An agent's answer that cannot be sent. */
  static MabeamException cannotTravel(String id, Object value) {
    return new MabeamException(
        ErrorCode.INTERNAL,
        "agent '" + id + "' answered with a " + value.getClass().getName()
            + ", which is neither JSON nor a buffer, or has something in it that is not",
        "answer with a JsonObject, JsonArray, String, number, Boolean, Buffer or null");
  }

  /** A JSON object or array as bytes. */
  private record Text(byte tag, Buffer json) {}

  /** What {@link #write} writes without failing, and what no change of the value changes. */
  static Object encoded(Object value) {
    if (value instanceof JsonObject json) {
      return new Text(OBJECT, json.toBuffer());
    }
    return value instanceof JsonArray array ? new Text(ARRAY, array.toBuffer()) : value;
  }

  /** About how many bytes an {@link #encoded} value takes. */
  static int size(Object encoded) {
    if (encoded instanceof Text text) {
      return text.json().length();
    }
    if (encoded instanceof Buffer buffer) {
      return buffer.length();
    }
    return encoded instanceof String text ? text.length() : Long.BYTES;
  }

  /** A value of its own, from an {@link #encoded} one. */
  static Object decoded(Object encoded) {
    if (encoded instanceof Text text) {
      return text.tag() == OBJECT ? new JsonObject(text.json()) : new JsonArray(text.json());
    }
    return encoded instanceof Buffer buffer ? buffer.copy() : encoded;
  }

  /** INVALID if it cannot be sent. */
  static void require(String id, Object value) {
    if (!travels(value)) {
      throw invalid(id, value);
    }
  }

  static MabeamException invalid(String id, Object value) {
    return new MabeamException(
          ErrorCode.INVALID,
          "a message to agent '" + id + "' is a " + value.getClass().getName()
              + ", which is neither JSON nor a buffer, or has something in it that is not",
          "send a JsonObject, JsonArray, String, number, Boolean, Buffer or null");
  }

  /** What the receiver may keep and change without the sender noticing. */
  static Object copy(Object value) {
    if (value instanceof JsonObject json) {
      return json.copy();
    }
    if (value instanceof JsonArray array) {
      return array.copy();
    }
    return value instanceof Buffer buffer ? buffer.copy() : value;
  }

  /** Appends an {@link #encoded} value. */
  static void write(Buffer to, Object value) {
    if (value == null) {
      to.appendByte(NULL);
    } else if (value instanceof Buffer buffer) {
      to.appendByte(BUFFER).appendBuffer(buffer);
    } else if (value instanceof Text text) {
      to.appendByte(text.tag()).appendBuffer(text.json());
    } else if (value instanceof String text) {
      to.appendByte(STRING).appendBytes(text.getBytes(StandardCharsets.UTF_8));
    } else if (value instanceof Boolean truth) {
      to.appendByte(truth ? TRUE : FALSE);
    } else if (value instanceof Double || value instanceof Float) {
      to.appendByte(DOUBLE).appendDouble(((Number) value).doubleValue());
    } else if (value instanceof Long number) {
      to.appendByte(LONG).appendLong(number);
    } else {
      to.appendByte(INT).appendInt(((Number) value).intValue());
    }
  }

  /** An {@link #encoded} value, without parsing what is JSON. INVALID as {@link #read} is. */
  static Object readEncoded(Buffer from, int start, int end) {
    byte tag = start < end ? from.getByte(start) : -1;
    return tag == OBJECT || tag == ARRAY
        ? new Text(tag, from.getBuffer(start + 1, end))
        : read(from, start, end);
  }

  /** INVALID if these bytes are no body that this version knows. */
  static Object read(Buffer from, int start, int end) {
    if (start >= end) {
      throw unreadable("it is empty");
    }
    try {
      int at = start + 1;
      return switch (from.getByte(start)) {
        case NULL -> null;
        case BUFFER -> from.getBuffer(at, end);
        case OBJECT -> new JsonObject(from.slice(at, end));
        case ARRAY -> new JsonArray(from.slice(at, end));
        case STRING -> from.getString(at, end);
        case FALSE -> false;
        case TRUE -> true;
        case INT -> from.getInt(at);
        case LONG -> from.getLong(at);
        case DOUBLE -> from.getDouble(at);
        default -> throw unreadable("tag " + from.getByte(start));
      };
    } catch (DecodeException | IndexOutOfBoundsException malformed) {
      throw unreadable(malformed.getMessage());
    }
  }

  private static MabeamException unreadable(String why) {
    return new MabeamException(
        ErrorCode.INVALID,
        "the body of a message cannot be read: " + why,
        "its sender may be of a newer version");
  }
}
