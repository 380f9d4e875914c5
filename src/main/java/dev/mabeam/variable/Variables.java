package dev.mabeam.variable;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Named values for the whole cluster.
 *
 * <p>Every method may be called on any thread. What is not built for a variable's options is
 * refused with INVALID and what is offered instead.
 *
 * <p>A write that fails with TIMEOUT may have been done, or may yet be; every other failure of a
 * write changed nothing.
 */
public interface Variables {
  /**
   * Makes a variable known everywhere. This node becomes its first master and a replica. CONFLICT
   * if the name is in use with other options; INVALID if the options do not go together;
   * INSUFFICIENT_CONSENSUS without a majority.
   */
  Future<VariableInfo> distribute(String name, VariableOptions options);

  /** The value, as the level of the variable or of the options promises. NOT_FOUND if none. */
  Future<VariableValue> get(String name, ReadOptions options);

  default Future<VariableValue> get(String name) {
    return get(name, ReadOptions.DEFAULT);
  }

  /**
   * Writes; completes when as many replicas as the options ask for have it. Where a replica here is
   * enough the write is done, on the caller's thread, when this returns: whoever writes the next one
   * in what follows from this one goes deeper and deeper into its stack. Writes that one thread asks
   * for without waiting are done in its order, as far as they are done here.
   */
  Future<VariableValue> set(String name, Object value, WriteOptions options);

  default Future<VariableValue> set(String name, Object value) {
    return set(name, value, WriteOptions.DEFAULT);
  }

  /**
   * Writes if the value is equal to {@code expected}, at the moment at which it is written.
   * CONFLICT if it is not; INVALID for a variable that is not strong.
   */
  Future<VariableValue> compareAndSet(
      String name, Object expected, Object value, WriteOptions options);

  /**
   * Writes what {@code change} makes of the value, with nothing in between; tried again when
   * another write came first, so it may be called several times, on the node's event loop. INVALID
   * for a variable that is not strong.
   */
  Future<VariableValue> update(String name, UnaryOperator<Object> change, WriteOptions options);

  /**
   * Takes the value away: a write that had not seen that stays, one that comes late does not come
   * back. When every replica has it, the variable is forgotten and its name is free; until then it
   * may be written again.
   */
  Future<VariableValue> delete(String name, WriteOptions options);

  /**
   * Settles what is concurrent: writes {@code value} in place of all versions that {@code seen}
   * has, and of no others.
   *
   * @param seen what was read before, with its siblings
   */
  Future<VariableValue> resolve(
      String name, Object value, VariableValue seen, WriteOptions options);

  /**
   * Tells of each value that a replica takes, in its order; several that came at once count as one.
   * A watcher that is too slow is told how many it missed. Called on the node's event loop.
   */
  Future<Watch> watch(String name, Consumer<VariableChange> watcher);

  /** The definition, and what each replica has. */
  Future<VariableExplanation> explain(String name);

  /** Checks the ledger of a variable that has one; INVALID for others. */
  Future<JsonObject> verify(String name);

  /** The ledger of a variable that has one, as a file that is verified without a cluster. */
  Future<Buffer> export(String name);

  /** Every variable as this node's copy of the definitions has it, by name; never blocks. */
  List<VariableInfo> list();

  /** How many there are. */
  default int count() {
    return list().size();
  }

  /** The first {@code most} of them, without going through all. */
  default List<VariableInfo> first(int most) {
    return list().stream().limit(most).toList();
  }

  /** The first {@code most} of those whose names come after {@code name}, without going through all. */
  default List<VariableInfo> after(String name, int most) {
    return list().stream().filter(info -> info.name().compareTo(name) > 0).limit(most).toList();
  }
}
