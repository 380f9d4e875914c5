package dev.mabeam.variable.conflict;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.version.Sibling;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;

/** Whole values, of which the latest by hybrid time stands; of equal ones that of the last dot. */
public final class Latest {
  private static final Comparator<Sibling> ORDER =
      Comparator.comparing(Sibling::stamp).thenComparing(Sibling::dot);

  private Latest() {}

  static Sibling of(List<Sibling> siblings) {
    return siblings.size() == 1
        ? siblings.get(0)
        : siblings.stream().max(ORDER).orElseThrow();
  }

  /** Values are kept in an object, since null is one, and bytes are no JSON. */
  static Object wrap(Object value) {
    return value instanceof Buffer bytes
        ? new JsonObject().put("bytes", text(bytes))
        : new JsonObject().put("value", value);
  }

  static Object unwrap(Sibling sibling) {
    JsonObject kept = (JsonObject) sibling.value();
    String bytes = kept.getString("bytes");
    return bytes == null ? kept.getValue("value") : bytes(bytes);
  }

  /** Bytes as they stand in JSON: always as text, so that equal ones are equal. */
  public static String text(Buffer bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.getBytes());
  }

  /** The inverse of {@link #text}. */
  public static Buffer bytes(String text) {
    return Buffer.buffer(Base64.getUrlDecoder().decode(text));
  }

  /** Keys and their epochs are for maps; whole values have neither. */
  static Write requireWhole(Write write) {
    if (write.key() != null || write.epoch() != 0) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "only a variable that is merged by key takes writes with a key or an epoch",
          "distribute it with the merge function " + MapByKey.NAME);
    }
    return write;
  }
}
