package dev.mabeam.placement;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.ToDoubleFunction;

/**
 * What this node has placed: the counter {@code mabeam.placements} by outcome, {@code placed} or
 * {@code refused}, and the gauge {@code mabeam.placements.reserved} of places that the directory
 * does not show yet.
 */
public final class PlacementMetrics {
  private PlacementMetrics() {}

  /** Registers them; the registry keeps {@code placer} for as long as it lives. */
  public static void register(Placer placer, MeterRegistry registry) {
    counter(placer, registry, "placed", Placer::placements);
    counter(placer, registry, "refused", Placer::refusals);
    Gauge.builder("mabeam.placements.reserved", placer, Placer::reserved)
        .description("Places reserved for agents that the directory does not show yet")
        .strongReference(true)
        .register(registry);
  }

  private static void counter(
      Placer placer, MeterRegistry registry, String outcome, ToDoubleFunction<Placer> value) {
    FunctionCounter.builder("mabeam.placements", placer, value)
        .description("Agents that this node looked for a place for, by outcome")
        .tag("outcome", outcome)
        .register(registry);
  }
}
