package dev.mabeam.dashboard;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.VariableInfo;
import dev.mabeam.variable.VariableOptions;
import dev.mabeam.variable.VariableValue;
import dev.mabeam.variable.Variables;
import dev.mabeam.variable.WriteOptions;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** Variables in memory, on one node. */
final class FakeVariables implements Variables {
  final Map<String, VariableInfo> known = new ConcurrentSkipListMap<>();
  final Map<String, Optional<Object>> values = new ConcurrentHashMap<>();
  volatile String acks = "";

  @Override
  public Future<VariableInfo> distribute(String name, VariableOptions options) {
    VariableInfo info = new VariableInfo(name, options, "n1#1", 1, List.of("n1#1", "n2#2"));
    VariableInfo before = known.putIfAbsent(name, info);
    if (before != null && !before.equals(info)) {
      return fail(ErrorCode.CONFLICT, "variable '" + name + "' has other options");
    }
    values.putIfAbsent(name, Optional.ofNullable(options.value()));
    return Future.succeededFuture(info);
  }

  @Override
  public Future<VariableValue> get(String name) {
    return known.containsKey(name)
        ? Future.succeededFuture(
            new VariableValue(
                values.get(name).orElse(null), new JsonObject().put("s1", 1), List.of(), "n1#1",
                false))
        : fail(ErrorCode.NOT_FOUND, "there is no variable '" + name + "'");
  }

  @Override
  public Future<VariableValue> set(String name, Object value, WriteOptions options) {
    acks = options.acks();
    values.computeIfPresent(name, (key, old) -> Optional.ofNullable(value));
    return get(name);
  }

  @Override
  public List<VariableInfo> list() {
    return List.copyOf(known.values());
  }

  private static <T> Future<T> fail(ErrorCode code, String message) {
    return Future.failedFuture(new MabeamException(code, message));
  }
}
