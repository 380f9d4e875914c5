package dev.mabeam.variable.conflict;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.version.Sibling;
import io.vertx.core.json.JsonObject;
import java.util.Comparator;
import java.util.List;

/** Whole values, of which the latest by hybrid time stands; of equal ones that of the last dot. */
final class Latest {
  private static final Comparator<Sibling> ORDER =
      Comparator.comparing(Sibling::stamp).thenComparing(Sibling::dot);

  private Latest() {}

  static Sibling of(List<Sibling> siblings) {
    return siblings.stream().max(ORDER).orElseThrow();
  }

  /** Values are kept in an object, since null is one. */
  static Object wrap(Object value) {
    return new JsonObject().put("value", value);
  }

  static Object unwrap(Sibling sibling) {
    return ((JsonObject) sibling.value()).getValue("value");
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
