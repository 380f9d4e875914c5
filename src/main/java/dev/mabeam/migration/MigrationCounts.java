package dev.mabeam.migration;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.function.IntSupplier;

/** What is counted of the moves from this node. Nothing is before {@link #register}. */
final class MigrationCounts {
  private Counter moved;
  private Counter failed;
  private Timer pause;
  private DistributionSummary bytes;

  void register(MeterRegistry registry, IntSupplier running) {
    moved = outcomes(registry, "done");
    failed = outcomes(registry, "failed");
    pause =
        Timer.builder("mabeam.migration.pause")
            .description("For how long agents that moved took no message")
            .publishPercentiles(0.5, 0.99)
            .register(registry);
    bytes =
        DistributionSummary.builder("mabeam.migration.bytes")
            .description("State that agents took along")
            .baseUnit("bytes")
            .register(registry);
    Gauge.builder("mabeam.migration.running", running, IntSupplier::getAsInt)
        .description("Moves from this node that are under way")
        .strongReference(true)
        .register(registry);
  }

  private static Counter outcomes(MeterRegistry registry, String outcome) {
    return Counter.builder("mabeam.migrations")
        .description("Moves from this node that have ended")
        .tag("outcome", outcome)
        .register(registry);
  }

  void moved(Move move) {
    if (moved != null) {
      moved.increment();
      pause.record(Duration.ofNanos((long) (move.phases().paused() * 1e6)));
      bytes.record(move.bytes());
    }
  }

  void failed() {
    if (failed != null) {
      failed.increment();
    }
  }
}
