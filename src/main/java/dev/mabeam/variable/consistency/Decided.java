package dev.mabeam.variable.consistency;

import dev.mabeam.variable.VariableInfo;
import dev.mabeam.variable.VariableValue;
import io.vertx.core.Future;
import java.time.Duration;

/** What is decided, as this node's copy of the log has it, and the way into the log. */
public interface Decided {
  String nodeId();

  /** Whether this node hears of another as it should: a guess, which may be wrong either way. */
  boolean hears(String nodeId);

  /**
   * Completes when this node's copy has all that was decided before the call;
   * INSUFFICIENT_CONSENSUS if no majority confirms that by the deadline.
   */
  Future<Void> barrier(Duration deadline);

  /** The index of the log up to which this node's copy is. */
  long index();

  /**
   * The value in this node's copy, now. NOT_FOUND if there is no such variable by now.
   *
   * @param stale whether nobody made sure that it is the newest
   */
  VariableValue value(String name, boolean stale);

  /**
   * Has a write decided. INSUFFICIENT_CONSENSUS if it certainly was not and will not be, TIMEOUT if
   * that is unknown; what it is refused with otherwise changed nothing.
   */
  Future<VariableValue> decide(VariableInfo variable, Writing writing);
}
