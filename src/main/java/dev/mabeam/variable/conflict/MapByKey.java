package dev.mabeam.variable.conflict;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.HybridTime;
import dev.mabeam.variable.version.Sibling;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * {@code merge_function} {@code map-by-key}: a JSON object, each key of which belongs to whoever
 * writes it. A write sets the keys that it names and leaves the others.
 *
 * <p>Guaranteed: of a key's slices the one with the highest epoch stays, of those the latest by
 * hybrid time, of those the one of the greater store id; merging is commutative, associative and
 * idempotent. A write with a lower epoch than the key already has is refused with STALE_EPOCH. The
 * same slice written again by the same epoch changes nothing. <em>Not</em> offered: taking a key
 * away; its value may be null.
 */
public final class MapByKey implements Resolution {
  public static final String NAME = "map-by-key";
  static final MapByKey IT = new MapByKey();
  private static final String FIRST = "";

  @Override
  public Object read(List<Sibling> siblings) {
    JsonObject value = new JsonObject();
    merged(siblings).forEach((key, slice) -> value.put(key, slice.value()));
    return value;
  }

  @Override
  public Object first(Object value) {
    TreeMap<String, Slice> slices = new TreeMap<>();
    for (Map.Entry<String, Object> entry : object(value)) {
      slices.put(entry.getKey(), new Slice(0, HybridTime.ZERO, FIRST, entry.getValue()));
    }
    return json(slices);
  }

  @Override
  public Object write(List<Sibling> siblings, Write write) {
    TreeMap<String, Slice> slices = merged(siblings);
    boolean changed = siblings.size() > 1;
    if (write.value() instanceof Buffer) {
      throw new MabeamException(
          ErrorCode.INVALID, "a variable that is merged by key takes no bytes", "write JSON");
    }
    if (write.key() != null) {
      changed |= put(slices, write.key(), write.value(), write);
    } else {
      for (Map.Entry<String, Object> entry : object(write.value())) {
        changed |= put(slices, entry.getKey(), entry.getValue(), write);
      }
    }
    return changed ? json(slices) : null;
  }

  /**
   * Of an epoch there is one writer, and the time at which it asked orders its writes, so that a
   * late repeat of an old one loses. A write without an epoch is later than whatever is there.
   */
  private static boolean put(
      TreeMap<String, Slice> slices, String key, Object value, Write write) {
    Slice there = slices.get(key);
    Slice next = new Slice(write.epoch(), write.stamp(), write.store(), value);
    if (there != null) {
      refuseStale(key, there, write);
      if (there.epoch() == write.epoch() && Objects.equals(there.value(), value)) {
        return false;
      }
      if (write.epoch() == 0 && Slice.ORDER.compare(next, there) <= 0) {
        next = new Slice(write.epoch(), there.stamp().next(), write.store(), value);
      }
      if (Slice.ORDER.compare(next, there) <= 0) {
        return false;
      }
    }
    slices.put(key, next);
    return true;
  }

  private static void refuseStale(String key, Slice there, Write write) {
    if (write.epoch() < there.epoch()) {
      throw new MabeamException(
          ErrorCode.STALE_EPOCH,
          "key '" + key + "' was written by epoch " + there.epoch() + ", this is epoch "
              + write.epoch(),
          "a later activation owns the key; do not write it any more");
    }
  }

  /** Of each key the greatest slice. */
  private static TreeMap<String, Slice> merged(List<Sibling> siblings) {
    TreeMap<String, Slice> slices = new TreeMap<>();
    for (Sibling sibling : siblings) {
      for (Map.Entry<String, Object> entry : (JsonObject) sibling.value()) {
        Slice slice = Slice.fromJson((JsonObject) entry.getValue());
        slices.merge(entry.getKey(), slice, Slice::max);
      }
    }
    return slices;
  }

  private static JsonObject json(Map<String, Slice> slices) {
    JsonObject json = new JsonObject();
    slices.forEach((key, slice) -> json.put(key, slice.toJson()));
    return json;
  }

  private static JsonObject object(Object value) {
    if (value == null) {
      return new JsonObject();
    }
    if (value instanceof JsonObject object) {
      return object;
    }
    throw new MabeamException(
        ErrorCode.INVALID,
        "a variable that is merged by key takes JSON objects",
        "write {\"key\": value}, or name a key to write its slice");
  }
}
