package dev.mabeam.variable.consistency;

import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.VariableInfo;
import dev.mabeam.variable.VariableValue;
import dev.mabeam.variable.conflict.Write;
import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.Future;
import java.time.Duration;

/**
 * What this node keeps, as the levels work with it: the replicas here that count, and the way to
 * the others. On the room's thread.
 */
public interface Here {
  String nodeId();

  /** Whether a replica here counts. */
  boolean keeps(String name);

  /** Whether this node may acknowledge writes: it holds its lease. */
  boolean mayWrite();

  /** What a reader of the replica here gets; {@link #notHere} if there is none that counts. */
  VariableValue value(String name);

  /** What the replica here has seen; {@link #notHere} if there is none that counts. */
  VersionVector seen(String name);

  /**
   * Sets, deletes or resolves at the replica here, which has it when this returns; the others hear
   * of it. Throws what the resolution refuses, INVALID for another kind, {@link #notHere} without a
   * replica that counts, READ_ONLY without a lease.
   */
  void write(VariableInfo variable, Writing writing);

  /**
   * The same for a causal variable, by a writer that has seen {@code past}, all of which is shown
   * here.
   */
  void write(VariableInfo variable, Writing writing, VersionVector past);

  /** Whether no more writes may be {@linkplain #confirm confirmed} for now. */
  boolean isOverloaded();

  /** Completes when a majority of the replicas has seen that; TIMEOUT at the deadline. */
  Future<Void> confirm(String name, VersionVector seen, Duration deadline);

  /** UNAVAILABLE: another node is to be asked. */
  MabeamException notHere(String name);
}
