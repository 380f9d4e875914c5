package dev.mabeam.testing.sim;

import dev.mabeam.grid.Knowledge;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * One simulated node's copy of a replicated cache. A write reaches the members of the view one way
 * later; its future waits for those that are cut off until they are back or out of the view.
 */
final class SimKnowledge implements Knowledge {
  private final SimGrid.Seat seat;
  private final String cache;
  private final Map<String, JsonObject> entries = new TreeMap<>();
  private final List<Consumer<String>> listeners = new ArrayList<>();

  SimKnowledge(SimGrid.Seat seat, String cache) {
    this.seat = seat;
    this.cache = cache;
  }

  @Override
  public Future<Void> put(String key, JsonObject value) {
    return write(key, value.copy());
  }

  @Override
  public Future<Void> remove(String key) {
    return write(key, null);
  }

  private Future<Void> write(String key, JsonObject value) {
    if (!seat.writable()) {
      return Future.failedFuture(seat.readOnly());
    }
    Simulation simulation = seat.simulation();
    List<Future<?>> arrivals = new ArrayList<>();
    for (SimGrid.Seat member : seat.group()) {
      Promise<Void> arrived = Promise.promise();
      arrivals.add(arrived.future());
      long way = simulation.network().latencyNanos(seat.name(), member.name());
      simulation.at(
          simulation.nanos() + way,
          () -> member.deliver(seat, cache, key, value, arrived::tryComplete));
    }
    Promise<Void> promise = Promise.promise();
    Future.all(arrivals).onComplete(done -> seat.run(promise::tryComplete));
    return promise.future();
  }

  void apply(String key, JsonObject value) {
    JsonObject before = value == null ? entries.remove(key) : entries.put(key, value);
    if (!Objects.equals(before, value)) {
      changed(key);
    }
  }

  void replaceBy(Map<String, JsonObject> others) {
    Set<String> keys = new LinkedHashSet<>(entries.keySet());
    keys.addAll(others.keySet());
    keys.forEach(key -> apply(key, others.get(key)));
  }

  private void changed(String key) {
    List.copyOf(listeners).forEach(listener -> seat.run(() -> listener.accept(key)));
  }

  @Override
  public Map<String, JsonObject> entries() {
    Map<String, JsonObject> copy = new TreeMap<>();
    entries.forEach((key, value) -> copy.put(key, value.copy()));
    return copy;
  }

  @Override
  public Runnable onChange(Consumer<String> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }
}
