package dev.mabeam.variable;

import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Shows variables in the map {@code mabeam.variables}: the definition's keys, and {@code value}
 * with its {@code version} as the master had them at {@code at}. A value that is longer than {@link
 * #LONGEST} bytes is left out and {@code "long": true} stands instead.
 *
 * <p>Each entry is put by the variable's master alone, some at a time, so that variables which are
 * written a thousand times a second cost the map no more than {@link #MOST} entries every {@link
 * #PERIOD}; again after a merge, and where the map took no writes.
 */
final class Mirror {
  /** How many entries one period puts. */
  static final int MOST = 50;

  static final Duration PERIOD = Duration.ofMillis(500);

  /** How long a value that is shown may be. */
  static final int LONGEST = 1_024;

  private static final System.Logger LOG = System.getLogger(Mirror.class.getName());

  private final VariableContext context;
  /** What this node has of a variable now; null if nothing that counts. */
  private final Function<VariableInfo, VariableValue> values;
  private final Set<String> changed = new LinkedHashSet<>();
  /** What was decided since the last period. */
  private final Set<String> decided = ConcurrentHashMap.newKeySet();
  private Scheduler.Scheduled timer = () -> {};
  private boolean putting;

  Mirror(VariableContext context, Function<VariableInfo, VariableValue> values) {
    this.context = context;
    this.values = values;
  }

  void start() {
    timer = context.scheduler().every(PERIOD, this::put);
  }

  void changed(String name) {
    changed.add(name);
  }

  /** The same, on any thread. */
  void decided(String name) {
    decided.add(name);
  }

  /** Everything has to be put again. */
  void changedAll() {
    changed.addAll(context.definitions().definitions().keySet());
  }

  private void put() {
    if (putting) {
      return;
    }
    // Values are looked at after that, so what is decided meanwhile is seen now or next time.
    decided.removeIf(
        name -> {
          changed.add(name);
          return true;
        });
    List<Future<Void>> puts = new ArrayList<>();
    List<String> names = List.copyOf(changed);
    for (int i = 0; i < names.size() && puts.size() < MOST; i++) {
      String name = names.get(i);
      changed.remove(name);
      VariableInfo info = context.definitions().definition(name).orElse(null);
      if (info != null && info.master().equals(context.nodeId())) {
        VariableValue value = values.apply(info);
        if (value != null) {
          puts.add(put(info, value));
        }
      }
    }
    if (!puts.isEmpty()) {
      putting = true;
      Future.join(puts).onComplete(all -> onThread(() -> putting = false));
    }
  }

  private Future<Void> put(VariableInfo info, VariableValue value) {
    return context
        .knowledge()
        .put(info.name(), entry(info, value))
        .onFailure(
            failure -> {
              LOG.log(Level.DEBUG, () -> "could not show '" + info.name() + "': " + failure);
              onThread(() -> changed.add(info.name()));
            });
  }

  /** The map completes on a thread of its own. */
  private void onThread(Runnable task) {
    context.scheduler().execute(task);
  }

  private JsonObject entry(VariableInfo info, VariableValue shown) {
    JsonObject entry = info.toJson();
    entry.getJsonObject("options").remove("value");
    entry.getJsonObject("options").remove("valueBytes");
    entry
        .put("v", 1)
        .put("version", shown.version())
        .put("at", context.scheduler().wallMillis());
    Object value = shown.value();
    return Values.atMost(value) <= LONGEST || Json.encodeToBuffer(value).length() <= LONGEST
        ? Values.put(entry, "value", value)
        : entry.put("long", true);
  }

  void close() {
    timer.cancel();
  }
}
