package dev.mabeam.variable.consistency;

import dev.mabeam.variable.VariableInfo;
import dev.mabeam.variable.VariableValue;
import io.vertx.core.Future;
import java.util.List;

/**
 * What one level of consistency makes of a read and of a write. Whoever asks looks for a node that
 * takes it ({@link #takers}), this one first, and has it done there.
 *
 * <p>A failure with UNAVAILABLE means that nothing was done and that another node may be asked. Every
 * other failure is the caller's; of a write, TIMEOUT alone leaves open whether it was done.
 *
 * <p>Called on the room's thread.
 */
public interface Level {
  /** The nodes that take reads ({@code writes} false) or writes; this one only if it does now. */
  List<String> takers(VariableInfo variable, boolean writes);

  /** Answers a read on this node. */
  Future<VariableValue> read(VariableInfo variable, Reading reading);

  /** Does a write on this node. */
  Future<VariableValue> write(VariableInfo variable, Writing writing);

  /** Whether {@code writing} may be done at two nodes and is still the same. */
  default boolean isRepeatable(Writing writing) {
    return false;
  }
}
