package dev.mabeam.checkpoint;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.LongAdder;

/**
 * What this node has written and kept. Meters: {@code mabeam.checkpoint.writes} (completed),
 * {@code mabeam.checkpoint.bytes} (sent to other stores), {@code mabeam.checkpoint.drops} (stores
 * asked to be dropped from keys' sets), {@code mabeam.checkpoint.fills} (sets filled), {@code
 * mabeam.checkpoint.seals} (keys sealed from here), {@code mabeam.checkpoint.kept} (updates that
 * the store here took), {@code mabeam.checkpoint.refused} (updates that it did not, since a later
 * owner was there). No tag names a key. Any thread.
 */
public final class CheckpointCounts {
  final LongAdder writes = new LongAdder();
  final LongAdder bytes = new LongAdder();
  final LongAdder drops = new LongAdder();
  final LongAdder fills = new LongAdder();
  final LongAdder seals = new LongAdder();
  final LongAdder kept = new LongAdder();
  final LongAdder refused = new LongAdder();

  public long writes() {
    return writes.sum();
  }

  public long bytes() {
    return bytes.sum();
  }

  public long drops() {
    return drops.sum();
  }

  public long fills() {
    return fills.sum();
  }

  public long seals() {
    return seals.sum();
  }

  public long kept() {
    return kept.sum();
  }

  public long refused() {
    return refused.sum();
  }

  public void register(MeterRegistry registry) {
    counter(registry, "mabeam.checkpoint.writes", "Writes of agents here that completed", writes);
    counter(registry, "mabeam.checkpoint.bytes", "Bytes sent to other stores", bytes);
    counter(registry, "mabeam.checkpoint.drops", "Silent stores asked to be dropped", drops);
    counter(registry, "mabeam.checkpoint.fills", "New sets that were filled", fills);
    counter(registry, "mabeam.checkpoint.seals", "Keys that were sealed from here", seals);
    counter(registry, "mabeam.checkpoint.kept", "Updates that the store here took", kept);
    counter(registry, "mabeam.checkpoint.refused", "Updates of owners of before", refused);
  }

  private static void counter(
      MeterRegistry registry, String name, String what, LongAdder adder) {
    FunctionCounter.builder(name, adder, LongAdder::sum).description(what).register(registry);
  }
}
