package dev.mabeam.variable.sync;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.version.Siblings;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.Supplier;

/**
 * How states travel: {@code "states": {name: state}, "partial": [name…]}, where the partial ones
 * are of nodes at which they do not count. What follows a name that this version does not know is
 * ignored.
 */
final class Messages {
  /** How many states one message carries at most. */
  static final int MOST_STATES = 500;

  /** How many bytes of states one message carries at most, unless a single one is larger. */
  static final int MOST_BYTES = 256 << 10;

  private Messages() {}

  /**
   * A state as it came.
   *
   * @param blocks in place of the state, of a ledger; else null
   */
  record Received(String name, Siblings state, boolean counts, JsonObject blocks) {}

  /** Collects states up to what one message may carry. */
  static final class Batch {
    private final JsonObject states = new JsonObject();
    private final JsonArray partial = new JsonArray();
    private final Map<String, Siblings> sent = new LinkedHashMap<>();
    private int bytes;

    /** Whether it had room for it. */
    boolean add(String name, Held.Kept kept) {
      int more = kept.bytes() + name.length();
      if (!sent.isEmpty() && (sent.size() >= MOST_STATES || bytes + more > MOST_BYTES)) {
        return false;
      }
      bytes += more;
      sent.put(name, kept.state());
      states.put(name, kept.json());
      if (!kept.counts()) {
        partial.add(name);
      }
      return true;
    }

    boolean isEmpty() {
      return sent.isEmpty();
    }

    int bytes() {
      return bytes;
    }

    Map<String, Siblings> sent() {
      return sent;
    }

    JsonObject into(JsonObject message) {
      return message.put("states", states).put("partial", partial);
    }
  }

  /** All states of a message, or INVALID. */
  static List<Received> states(JsonObject message) {
    return read(
        () -> {
          Set<String> partial = new HashSet<>(names(message, "partial"));
          List<Received> received = new ArrayList<>();
          for (Map.Entry<String, Object> entry :
              message.getJsonObject("states", new JsonObject())) {
            JsonObject json = (JsonObject) entry.getValue();
            Siblings state = Siblings.fromJson(json);
            boolean counts = !partial.contains(entry.getKey());
            received.add(
                new Received(entry.getKey(), state, counts, json.getJsonObject("ledger")));
          }
          return received;
        });
  }

  static List<String> names(JsonObject message, String key) {
    return read(
        () -> message.getJsonArray(key, none()).stream().map(String.class::cast).toList());
  }

  /** What {@code reader} makes of a message; INVALID if that has another form than it expects. */
  static <T> T read(Supplier<T> reader) {
    try {
      return reader.get();
    } catch (ClassCastException
        | NullPointerException
        | IllegalArgumentException
        | IndexOutOfBoundsException
        | NoSuchElementException malformed) {
      throw new MabeamException(
          ErrorCode.INVALID, "a message between replicas cannot be read: " + malformed);
    }
  }

  private static JsonArray none() {
    return new JsonArray();
  }
}
