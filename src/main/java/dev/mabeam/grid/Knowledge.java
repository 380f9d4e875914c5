package dev.mabeam.grid;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.function.Consumer;

/**
 * One replicated map that shows something about the cluster to every node.
 *
 * <p>Guaranteed: {@link #entries()} answers at once from this node's own copy, also without a
 * majority; what was put is on every node of the view when the future completes. Not guaranteed:
 * that a copy is newer than a second, that writes on the smaller side of a cut succeed (they fail
 * with READ_ONLY), or that what one side wrote survives the heal: each node puts its own entries
 * again after a merge.
 */
public interface Knowledge {
  /** Puts {@code value}; READ_ONLY on the smaller side of a cut. */
  Future<Void> put(String key, JsonObject value);

  /** Removes {@code key}, which need not be there; READ_ONLY on the smaller side of a cut. */
  Future<Void> remove(String key);

  /** This node's copy as it is now; the caller may keep and change it. */
  Map<String, JsonObject> entries();

  /** Whether this node's copy has that entry now. */
  default boolean has(String key) {
    return entries().containsKey(key);
  }

  /**
   * Calls {@code listener} with the key of every entry that appears, changes or goes here, until
   * what is returned is run.
   */
  Runnable onChange(Consumer<String> listener);
}
