package dev.mabeam.variable;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.HybridClock;
import dev.mabeam.time.HybridTime;
import dev.mabeam.variable.causal.CausalDomain;
import dev.mabeam.variable.conflict.Resolution;
import dev.mabeam.variable.conflict.Write;
import dev.mabeam.variable.consistency.Here;
import dev.mabeam.variable.sync.Synchronizer;
import dev.mabeam.variable.version.Siblings;
import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * The replicas here, as the levels read and write them.
 *
 * <p>A write without an epoch and with a stamp that is further ahead than {@link
 * HybridClock#MAX_DRIFT} gets a stamp of this node: a wrong clock must not win for years. The
 * writes of an epoch keep theirs, which order them among themselves and nothing else.
 */
final class Copies implements Here {
  private final String self;
  private final Replicas replicas;
  private final Synchronizer sync;
  private final CausalDomain causal;
  private final HybridClock clock;
  private final BooleanSupplier serving;
  private final VariableMetrics metrics;

  Copies(
      String self,
      Replicas replicas,
      Synchronizer sync,
      CausalDomain causal,
      HybridClock clock,
      BooleanSupplier serving,
      VariableMetrics metrics) {
    this.self = self;
    this.replicas = replicas;
    this.sync = sync;
    this.causal = causal;
    this.clock = clock;
    this.serving = serving;
    this.metrics = metrics;
  }

  @Override
  public String nodeId() {
    return self;
  }

  @Override
  public boolean keeps(String name) {
    return replicas.serving(name) != null;
  }

  @Override
  public boolean mayWrite() {
    return serving.getAsBoolean();
  }

  @Override
  public VariableValue value(String name) {
    return value(serving(name));
  }

  /** Any thread. */
  VariableValue value(Replica replica) {
    Replica.View view = replica.view();
    VersionVector seen = view.shown().seen();
    return new VariableValue(
        view.value(),
        seen.toJson(),
        view.siblings(),
        self,
        !mayWrite(),
        SessionToken.of(replica.name(), seen));
  }

  @Override
  public VersionVector seen(String name) {
    return serving(name).view().shown().seen();
  }

  @Override
  public void write(VariableInfo variable, Write asked) {
    write(
        variable,
        asked,
        (replica, value, resolution) -> {
          Siblings after = replica.state().write(replica.writer(), clock.now(), value);
          replicas.written(replica, after, resolution);
        });
  }

  @Override
  public void write(VariableInfo variable, Write asked, VersionVector past) {
    write(
        variable,
        asked,
        (replica, value, resolution) -> {
          Siblings shown = causal.write(replica.name(), past, clock.now(), value);
          replicas.written(replica, replica.state().join(shown), shown, resolution);
        });
  }

  /** Puts the value that a write comes to in its place. */
  private interface Putting {
    void put(Replica replica, Object value, Resolution resolution);
  }

  private void write(VariableInfo variable, Write asked, Putting putting) {
    Replica replica = serving(variable.name());
    if (!variable.takers().contains(self)) {
      throw notTaking(variable);
    }
    if (!mayWrite()) {
      throw readOnly(variable.name());
    }
    Resolution resolution = replicas.resolution(variable);
    Siblings before = replica.view().shown();
    Write write =
        new Write(asked.value(), asked.key(), asked.epoch(), stamp(asked), replica.writer());
    Object value = resolution.write(before.live(), write);
    if (value != null) {
      requireSize(replica.name(), value, resolution);
      putting.put(replica, value, resolution);
    }
  }

  @Override
  public boolean isOverloaded() {
    return sync.isOverloaded();
  }

  @Override
  public Future<Void> confirm(String name, VersionVector seen, Duration deadline) {
    return sync.confirm(name, seen, deadline);
  }

  @Override
  public MabeamException notHere(String name) {
    return new MabeamException(
        ErrorCode.UNAVAILABLE, "node " + self + " keeps no replica of '" + name + "' that counts");
  }

  private MabeamException notTaking(VariableInfo variable) {
    return new MabeamException(
        ErrorCode.UNAVAILABLE,
        "node " + self + " takes no writes of '" + variable.name() + "'",
        "ask its master, " + variable.master());
  }

  private MabeamException readOnly(String name) {
    return new MabeamException(
        ErrorCode.READ_ONLY,
        "node " + self + " may not write '" + name + "': it is out of touch with the majority",
        "ask a node on the other side, or wait until the cluster is whole again");
  }

  private Replica serving(String name) {
    Replica replica = replicas.serving(name);
    if (replica == null) {
      throw notHere(name);
    }
    return replica;
  }

  /** What a reader gets counts, which is shorter than what is kept. */
  private static void requireSize(String name, Object value, Resolution resolution) {
    if (Values.atMost(value) > Offered.MAX_VALUE_BYTES) {
      Object read = resolution.read(Siblings.first(value).live());
      Offered.requireSize(name, read, Offered.MAX_VALUE_BYTES);
    }
  }

  private HybridTime stamp(Write asked) {
    if (clock.observe(asked.stamp())) {
      return asked.stamp();
    }
    metrics.ahead();
    return asked.epoch() > 0 ? asked.stamp() : clock.now();
  }
}
