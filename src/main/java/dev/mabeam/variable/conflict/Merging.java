package dev.mabeam.variable.conflict;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.version.Sibling;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/** {@code merge_function} of the users' own. A write is merged with what is there, as siblings are. */
final class Merging implements Resolution {
  private final MergeFunction function;

  Merging(MergeFunction function) {
    this.function = function;
  }

  @Override
  public Object read(List<Sibling> siblings) {
    Object merged = copy(Latest.unwrap(siblings.get(0)));
    for (Sibling sibling : siblings.subList(1, siblings.size())) {
      merged = merge(merged, Latest.unwrap(sibling));
    }
    return merged;
  }

  @Override
  public Object first(Object value) {
    check(value);
    return Latest.wrap(value);
  }

  @Override
  public Object write(List<Sibling> siblings, Write write) {
    Object value = Latest.requireWhole(write).value();
    check(value);
    if (siblings.isEmpty()) {
      return Latest.wrap(value);
    }
    Object before = read(siblings);
    Object after = merge(before, value);
    return siblings.size() == 1 && Objects.equals(after, before) ? null : Latest.wrap(after);
  }

  private void check(Object value) {
    if (value != null) {
      guarded(
          () -> {
            function.check(copy(value));
            return null;
          });
    }
  }

  private Object merge(Object one, Object other) {
    if (one == null || other == null) {
      return one == null ? copy(other) : one;
    }
    return copy(guarded(() -> function.merge(copy(one), copy(other))));
  }

  private Object guarded(Supplier<Object> call) {
    try {
      return call.get();
    } catch (IllegalArgumentException refused) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "merge function '" + function.name() + "' does not take that: " + refused.getMessage());
    } catch (RuntimeException | LinkageError | StackOverflowError thrown) {
      throw new MabeamException(
          ErrorCode.INTERNAL, "merge function '" + function.name() + "' failed: " + thrown, "", thrown);
    }
  }

  /** The function might keep it and change it. */
  private static Object copy(Object value) {
    if (value instanceof JsonObject object) {
      return object.copy();
    }
    return value instanceof JsonArray array ? array.copy() : value;
  }
}
