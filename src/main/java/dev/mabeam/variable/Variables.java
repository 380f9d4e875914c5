package dev.mabeam.variable;

import io.vertx.core.Future;
import java.util.List;

/**
 * Named values for the whole cluster.
 *
 * <p>Every method may be called on any thread.
 */
public interface Variables {
  /**
   * Makes a variable known everywhere. This node becomes its first master and a replica. CONFLICT
   * if the name is in use with other options; INVALID if the options do not go together;
   * INSUFFICIENT_CONSENSUS without a majority.
   */
  Future<VariableInfo> distribute(String name, VariableOptions options);

  /** The value at a replica. NOT_FOUND if there is no such variable. */
  Future<VariableValue> get(String name);

  /** Writes; completes when as many replicas as the options ask for have it. */
  Future<VariableValue> set(String name, Object value, WriteOptions options);

  default Future<VariableValue> set(String name, Object value) {
    return set(name, value, WriteOptions.DEFAULT);
  }

  /** Every variable as this node's copy of the definitions has it, by name; never blocks. */
  List<VariableInfo> list();
}
