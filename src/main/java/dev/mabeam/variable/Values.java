package dev.mabeam.variable;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.Packer;
import dev.mabeam.link.Unpacker;
import dev.mabeam.variable.conflict.Latest;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/** Which values a variable takes: JSON, and bytes as a {@link Buffer}. */
final class Values {
  /** How deep a value may be nested. */
  static final int DEEPEST = 64;

  private static final int NOTHING = 0;
  private static final int JSON = 1;
  private static final int BYTES = 2;
  /** What the name of a field gets that has bytes, in base 64. */
  private static final String AS_BYTES = "Bytes";

  private Values() {}

  /**
   * A copy of {@code value} as every other node will have it: what was encoded and decoded, but for
   * what that leaves as it is. INVALID if it is neither JSON nor bytes, TOO_LARGE if it is longer
   * than any variable may be.
   */
  static Object checked(String name, Object value) {
    if (value instanceof Buffer bytes) {
      Offered.requireSize(name, bytes, Offered.MAX_VALUE_BYTES);
      return bytes.copy();
    }
    require(name, value, DEEPEST);
    Offered.requireSize(name, value, Offered.MAX_VALUE_BYTES);
    return isTheSameEverywhere(value) ? value : Json.decodeValue(Json.encodeToBuffer(value));
  }

  private static boolean isTheSameEverywhere(Object value) {
    return value == null
        || value instanceof Integer
        || value instanceof Boolean
        || value instanceof String text && !hasSurrogates(text);
  }

  private static boolean hasSurrogates(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        return true;
      }
    }
    return false;
  }

  /** As JSON; a text of plain characters is quoted as it is. */
  private static Buffer json(Object value) {
    byte[] quoted = value instanceof String text ? quoted(text) : null;
    return quoted == null ? Json.encodeToBuffer(value) : Buffer.buffer(quoted);
  }

  /** Null if that takes more than quotes. */
  private static byte[] quoted(String text) {
    byte[] bytes = new byte[text.length() + 2];
    for (int i = 0; i < text.length(); i++) {
      char next = text.charAt(i);
      if (next < ' ' || next >= 0x7f || next == '"' || next == '\\') {
        return null;
      }
      bytes[i + 1] = (byte) next;
    }
    bytes[0] = '"';
    bytes[bytes.length - 1] = '"';
    return bytes;
  }

  /** At least as many bytes as {@code value} has when it is encoded, without encoding it. */
  static long atMost(Object value) {
    if (value instanceof Buffer bytes) {
      return bytes.length();
    }
    if (value instanceof String text) {
      return 6L * text.length() + 2;
    }
    if (value instanceof JsonObject object) {
      return atMost(object.getMap());
    }
    if (value instanceof JsonArray array) {
      return atMost(array.getList());
    }
    long sum = 2;
    if (value instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        sum += atMost(entry.getKey()) + atMost(entry.getValue()) + 2;
      }
      return sum;
    }
    if (value instanceof List<?> list) {
      for (Object each : list) {
        sum += atMost(each) + 1;
      }
      return sum;
    }
    return value instanceof Integer || value instanceof Long ? 20 : String.valueOf(value).length();
  }

  /** So that {@link #decode} gives an equal one. */
  static void encode(Packer to, Object value) {
    Packed.of(value).encode(to);
  }

  /** The inverse of {@link #encode}. */
  static Object decode(Unpacker from) {
    return Packed.decode(from).value();
  }

  /**
   * A value as it stands in a command: most of those that are decided are never looked at on most
   * nodes, so it is decoded by whoever wants to see it.
   *
   * @param bytes empty for null
   */
  record Packed(int form, Buffer bytes) {
    private static final Packed NULL = new Packed(NOTHING, Buffer.buffer(0));

    static Packed of(Object value) {
      if (value == null) {
        return NULL;
      }
      return value instanceof Buffer raw
          ? new Packed(BYTES, raw)
          : new Packed(JSON, json(value));
    }

    /** Of JSON another one each time; of bytes the same, which nobody may change. */
    Object value() {
      return switch (form) {
        case NOTHING -> null;
        case BYTES -> bytes;
        default -> Json.decodeValue(bytes);
      };
    }

    void encode(Packer to) {
      to.octet(form);
      if (form != NOTHING) {
        to.bytes(bytes);
      }
    }

    static Packed decode(Unpacker from) {
      int form = from.octet();
      return switch (form) {
        case NOTHING -> NULL;
        case BYTES, JSON -> new Packed(form, from.bytes());
        default -> throw new Unpacker.Malformed("a value of form " + form);
      };
    }
  }

  /** Puts it there as JSON; bytes under a name of their own. */
  static JsonObject put(JsonObject json, String field, Object value) {
    return value instanceof Buffer bytes
        ? json.put(field + AS_BYTES, Latest.text(bytes))
        : json.put(field, value);
  }

  /** The inverse of {@link #put}. */
  static Object take(JsonObject json, String field) {
    String bytes = json.getString(field + AS_BYTES);
    return bytes == null ? json.getValue(field) : Latest.bytes(bytes);
  }

  private static void require(String name, Object value, int depth) {
    if (depth < 0) {
      throw invalid(name, "is nested more than " + DEEPEST + " deep");
    }
    if (value instanceof JsonObject object) {
      require(name, object.getMap(), depth);
    } else if (value instanceof JsonArray array) {
      require(name, array.getList(), depth);
    } else if (value instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        if (!(entry.getKey() instanceof String)) {
          throw invalid(name, "has a key that is no string");
        }
        require(name, entry.getValue(), depth - 1);
      }
    } else if (value instanceof List<?> list) {
      list.forEach(each -> require(name, each, depth - 1));
    } else if (!isScalar(value)) {
      throw invalid(name, "contains a " + value.getClass().getName());
    }
  }

  private static boolean isScalar(Object value) {
    if (value instanceof Double || value instanceof Float) {
      return Double.isFinite(((Number) value).doubleValue());
    }
    return value == null
        || value instanceof String
        || value instanceof Boolean
        || value instanceof Number;
  }

  private static MabeamException invalid(String name, String why) {
    return new MabeamException(
        ErrorCode.INVALID, "the value of '" + name + "' " + why, "JSON values are taken, and bytes as a Buffer");
  }
}
