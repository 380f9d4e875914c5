package dev.mabeam.variable;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.HybridClock;
import dev.mabeam.time.HybridTime;
import dev.mabeam.variable.conflict.Resolution;
import dev.mabeam.variable.conflict.Write;
import dev.mabeam.variable.sync.Synchronizer;
import dev.mabeam.variable.version.Siblings;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Writes at a replica: what {@code eventual} means for a writer. Done here, it is acknowledged; the
 * others hear of it. With {@code majority} it is acknowledged when as many have it; if that fails
 * with TIMEOUT it is done here all the same. Every other failure changed nothing.
 *
 * <p>A write without an epoch and with a stamp that is further ahead than {@link
 * HybridClock#MAX_DRIFT} gets a stamp of this node: a wrong clock must not win for years. The
 * writes of an epoch keep theirs, which order them among themselves and nothing else.
 */
final class Writes {
  private final String self;
  private final Replicas replicas;
  private final Synchronizer sync;
  private final HybridClock clock;
  private final BooleanSupplier serving;
  private final VariableMetrics metrics;

  Writes(
      String self,
      Replicas replicas,
      Synchronizer sync,
      HybridClock clock,
      BooleanSupplier serving,
      VariableMetrics metrics) {
    this.self = self;
    this.replicas = replicas;
    this.sync = sync;
    this.clock = clock;
    this.serving = serving;
    this.metrics = metrics;
  }

  Future<VariableValue> accept(Remote.Asked asked, VariableInfo info) {
    try {
      Replica replica = replicas.serving(asked.name());
      if (replica == null || !info.takers().contains(self)) {
        throw notHere(asked.name());
      }
      if (!serving.getAsBoolean()) {
        throw new MabeamException(
            ErrorCode.READ_ONLY,
            "node " + self + " may not write '" + asked.name() + "': it is out of touch with the"
                + " majority",
            "ask a node on the other side, or wait until the cluster is whole again");
      }
      boolean majority = WriteOptions.MAJORITY.equals(asked.acks());
      if (majority && sync.isOverloaded()) {
        throw new MabeamException(
            ErrorCode.OVERLOADED,
            "too many writes wait for a majority on node " + self,
            "try again");
      }
      write(replica, asked.write(), replicas.resolution(info));
      VariableValue written = value(self, replica, true);
      return majority ? confirmed(replica, asked, written) : Future.succeededFuture(written);
    } catch (MabeamException refused) {
      return Future.failedFuture(refused);
    }
  }

  MabeamException notHere(String name) {
    return new MabeamException(
        ErrorCode.UNAVAILABLE, "node " + self + " keeps no replica of '" + name + "' that may do that");
  }

  private Future<VariableValue> confirmed(
      Replica replica, Remote.Asked asked, VariableValue written) {
    Duration left = Duration.ofMillis(Math.max(1, asked.millis()));
    return sync.confirm(asked.name(), replica.state().seen(), left).map(written);
  }

  private void write(Replica replica, Write asked, Resolution resolution) {
    Siblings before = replica.state();
    Write write =
        new Write(asked.value(), asked.key(), asked.epoch(), stamp(asked), replica.writer());
    Object value = resolution.write(before.live(), write);
    if (value != null) {
      requireSize(replica.name(), value, resolution);
      Siblings after = before.write(replica.writer(), clock.now(), value);
      replicas.written(replica, after, resolution);
    }
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

  static VariableValue value(String node, Replica replica, boolean serving) {
    Replica.View view = replica.view();
    return new VariableValue(
        view.value(), view.state().seen().toJson(), view.siblings(), node, !serving);
  }
}
