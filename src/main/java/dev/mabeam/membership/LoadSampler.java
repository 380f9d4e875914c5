package dev.mabeam.membership;

import com.sun.management.GarbageCollectorMXBean;
import com.sun.management.GcInfo;
import com.sun.management.OperatingSystemMXBean;
import dev.mabeam.time.Scheduler;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Measures this process: its processor time as a share of what it may use, the heap that the last
 * collection left, and how late timers run on its scheduler.
 *
 * <p>Processor time is smoothed over about three samples, so that one short burst moves no agent.
 * Before the first collection the heap counts as empty. Not thread-safe; the scheduler's thread
 * owns it.
 */
public final class LoadSampler implements LoadSource {
  private static final Duration LAG_PROBE = Duration.ofMillis(100);
  /** Timers that run this late are as bad as it gets. */
  private static final double WORST_LAG_NANOS = Duration.ofMillis(250).toNanos();
  private static final double WEIGHT_OF_NEWEST = 0.5;

  private final Scheduler scheduler;
  private final LongSupplier cpuNanos;
  private final DoubleSupplier cores;
  private final DoubleSupplier heap;
  private final Scheduler.Scheduled lagProbe;
  private long lastCpu;
  private long lastSample;
  private long expectedProbe;
  private long worstLag;
  private double cpu;

  LoadSampler(
      Scheduler scheduler, LongSupplier cpuNanos, DoubleSupplier cores, DoubleSupplier heap) {
    this.scheduler = scheduler;
    this.cpuNanos = cpuNanos;
    this.cores = cores;
    this.heap = heap;
    this.lastCpu = cpuNanos.getAsLong();
    this.lastSample = scheduler.nanos();
    this.expectedProbe = lastSample + LAG_PROBE.toNanos();
    this.lagProbe = scheduler.every(LAG_PROBE, this::probe);
  }

  /** Starts to measure this process, and the lag of {@code scheduler}. */
  public static LoadSampler ofProcess(Scheduler scheduler) {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    double cores = Container.cores();
    return new LoadSampler(
        scheduler, system::getProcessCpuTime, () -> cores, LoadSampler::heapAfterCollection);
  }

  @Override
  public Load sample() {
    long now = scheduler.nanos();
    long cpuNow = cpuNanos.getAsLong();
    if (now > lastSample) {
      double used = (cpuNow - lastCpu) / (cores.getAsDouble() * (now - lastSample));
      cpu += WEIGHT_OF_NEWEST * (Math.max(0, Math.min(1, used)) - cpu);
    }
    lastSample = now;
    lastCpu = cpuNow;
    // A probe that is due and has not run counts too: the loop may be stuck in this very task.
    double lag = Math.max(worstLag, now - expectedProbe) / WORST_LAG_NANOS;
    worstLag = 0;
    return new Load(cpu, heap.getAsDouble(), lag);
  }

  /** Stops the timer that measures lag. */
  public void close() {
    lagProbe.cancel();
  }

  private void probe() {
    long now = scheduler.nanos();
    worstLag = Math.max(worstLag, now - expectedProbe);
    expectedProbe = now + LAG_PROBE.toNanos();
  }

  /** What was in use right after the newest collection, as a share of the maximum heap. */
  private static double heapAfterCollection() {
    Set<String> heapPools =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .map(MemoryPoolMXBean::getName)
            .collect(Collectors.toSet());
    List<GarbageCollectorMXBean> collectors =
        ManagementFactory.getPlatformMXBeans(GarbageCollectorMXBean.class);
    long used =
        collectors.stream()
            .map(GarbageCollectorMXBean::getLastGcInfo)
            .filter(info -> info != null)
            .max(Comparator.comparingLong(GcInfo::getEndTime))
            .map(info -> usedIn(info, heapPools))
            .orElse(0L);
    return (double) used / Runtime.getRuntime().maxMemory();
  }

  private static long usedIn(GcInfo info, Set<String> pools) {
    return info.getMemoryUsageAfterGc().entrySet().stream()
        .filter(pool -> pools.contains(pool.getKey()))
        .map(Map.Entry::getValue)
        .mapToLong(usage -> usage.getUsed())
        .sum();
  }
}
