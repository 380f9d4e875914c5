package dev.mabeam.dashboard;

import dev.mabeam.time.Scheduler;
import dev.mabeam.variable.VariableInfo;
import dev.mabeam.variable.VariableValue;
import dev.mabeam.variable.Variables;
import io.vertx.core.Future;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The variables with their values, for those who watch. Values are read as long as rows are asked
 * for, at most once in {@link #AGE} and one round at a time, so a variable whose replicas do not
 * answer holds up nothing but the values' freshness.
 */
final class VariableRows {
  /** How many variables are shown. */
  static final int MOST = 100;
  /** How many characters of a value are shown. */
  static final int SHOWN = 200;
  static final Duration AGE = Duration.ofSeconds(1);

  private final Supplier<Variables> variables;
  private final Scheduler scheduler;
  private final Map<String, JsonObject> values = new ConcurrentHashMap<>();
  private volatile boolean reading;
  private long lastRound;
  private boolean read;

  VariableRows(Supplier<Variables> variables, Scheduler scheduler) {
    this.variables = variables;
    this.scheduler = scheduler;
  }

  /** By name; on one event loop. */
  Map<String, JsonObject> now() {
    List<VariableInfo> known = variables.get().first(MOST);
    if (!reading && (!read || scheduler.nanos() - lastRound >= AGE.toNanos())) {
      read = true;
      lastRound = scheduler.nanos();
      round(known);
    }
    Map<String, JsonObject> rows = new LinkedHashMap<>();
    for (VariableInfo variable : known) {
      JsonObject value = values.get(variable.name());
      JsonObject row = VariableJson.definition(variable);
      rows.put(variable.name(), value == null ? row : row.mergeIn(value));
    }
    return rows;
  }

  private void round(List<VariableInfo> known) {
    values.keySet().retainAll(known.stream().map(VariableInfo::name).toList());
    reading = true;
    Future.join(known.stream().map(this::readOne).toList()).onComplete(all -> reading = false);
  }

  private Future<VariableValue> readOne(VariableInfo variable) {
    return variables
        .get()
        .get(variable.name())
        .onSuccess(value -> values.put(variable.name(), shown(value)));
  }

  private JsonObject shown(VariableValue value) {
    String text = Json.encode(value.value());
    return new JsonObject()
        .put("value", text.length() <= SHOWN ? text : text.substring(0, SHOWN - 1) + "…")
        .put("version", value.version())
        .put("siblings", value.siblings().size())
        .put("from", value.node());
  }
}
