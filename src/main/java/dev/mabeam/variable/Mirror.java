package dev.mabeam.variable;

import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
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
 * #PERIOD}; again after a merge, and where the map took no writes. A master shows {@link
 * VariableContext#shown} of its variables, those that it came to first: an entry costs every node
 * more than the variable itself does. Of those that are not shown every node still has the definition, and asks a
 * replica for the value.
 */
final class Mirror {
  /** How many entries one period puts. */
  static final int MOST = 50;

  /** How many variables one period looks at. */
  private static final int MOST_LOOKS = 5_000;

  static final Duration PERIOD = Duration.ofMillis(500);

  /** How long a value that is shown may be. */
  static final int LONGEST = 1_024;

  private static final System.Logger LOG = System.getLogger(Mirror.class.getName());

  private final VariableContext context;
  /** What this node has of a variable now; null if nothing that counts. */
  private final Function<VariableInfo, VariableValue> values;
  private Set<String> changed = new LinkedHashSet<>();
  /** What was decided since the last period. */
  private final Set<String> decided = ConcurrentHashMap.newKeySet();
  /** What this node put, and is master of. */
  private final Set<String> shown = new HashSet<>();
  /** What another master may have put. */
  private final Set<String> takenOver = new HashSet<>();
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

  /** This node is its master now, after another one. */
  void takenOver(String name) {
    takenOver.add(name);
    changed.add(name);
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
    Iterator<String> names = changed.iterator();
    for (int looks = 0; names.hasNext() && puts.size() < MOST && looks < MOST_LOOKS; looks++) {
      String name = names.next();
      names.remove();
      Future<Void> put = look(name);
      if (put != null) {
        puts.add(put);
      }
    }
    if (changed.isEmpty()) {
      // Of a set that was large, the room stays.
      changed = new LinkedHashSet<>();
    }
    if (!puts.isEmpty()) {
      putting = true;
      Future.join(puts).onComplete(all -> onThread(() -> putting = false));
    }
  }

  /** Null if there is nothing to be done. */
  private Future<Void> look(String name) {
    VariableInfo info = context.definitions().definition(name).orElse(null);
    boolean others = takenOver.remove(name);
    if (info == null || !info.master().equals(context.nodeId())) {
      boolean mine = shown.remove(name);
      return info == null && mine ? remove(name) : null;
    }
    if (!shown.contains(name) && shown.size() >= context.shown()) {
      return others && context.knowledge().has(name) ? remove(name) : null;
    }
    VariableValue value = values.apply(info);
    if (value == null) {
      return null;
    }
    shown.add(name);
    return put(info, value);
  }

  private Future<Void> remove(String name) {
    return context
        .knowledge()
        .remove(name)
        .onFailure(failure -> LOG.log(Level.DEBUG, () -> "still shows '" + name + "': " + failure));
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
