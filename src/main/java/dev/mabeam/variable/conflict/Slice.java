package dev.mabeam.variable.conflict;

import dev.mabeam.time.HybridTime;
import io.vertx.core.json.JsonObject;
import java.util.Comparator;

/** What one key has, and which write it is of. Of two, the greater one stays. */
record Slice(long epoch, HybridTime stamp, String store, Object value) {
  /** The fence first, then time, then a name to break ties. */
  static final Comparator<Slice> ORDER =
      Comparator.comparingLong(Slice::epoch)
          .thenComparing(Slice::stamp)
          .thenComparing(Slice::store);

  static Slice max(Slice a, Slice b) {
    return ORDER.compare(a, b) >= 0 ? a : b;
  }

  JsonObject toJson() {
    return new JsonObject()
        .put("epoch", epoch)
        .put("stamp", stamp.toJson())
        .put("store", store)
        .put("value", value);
  }

  static Slice fromJson(JsonObject json) {
    return new Slice(
        json.getLong("epoch"),
        HybridTime.fromJson(json.getJsonArray("stamp")),
        json.getString("store"),
        json.getValue("value"));
  }
}
