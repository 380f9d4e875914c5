package dev.mabeam.dashboard;

import dev.mabeam.membership.NodeInfo;
import dev.mabeam.membership.NodeStatus;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * What a node measures. Tags have few values: never an id, an address or a node, since the scraper
 * knows which node it asked.
 */
public final class Metrics {
  private Metrics() {}

  /**
   * A registry with the JVM's metrics; give it to {@code MicrometerMetricsFactory} too, for those
   * of Vert.x. The caller closes it.
   */
  public static PrometheusMeterRegistry registry() {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    new ClassLoaderMetrics().bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    return registry;
  }

  /** Adds what runs in the cluster and who watches; the membership's are with the membership. */
  static void bind(MeterRegistry registry, ClusterAccess cluster, StreamHub hub) {
    gauge(registry, "mabeam.verticles", "Deployed verticles", () -> cluster.verticles().size());
    Gauge.builder("mabeam.link.rtt.max", () -> longestRoundTrip(cluster) / 1e6)
        .description("Longest round trip to another node")
        .baseUnit("seconds")
        .register(registry);
    gauge(registry, "mabeam.stream.clients", "Open dashboards", hub::size);
    counter(registry, "mabeam.stream.snapshots", hub, StreamHub::snapshotsSent);
    counter(registry, "mabeam.stream.patches", hub, StreamHub::patchesSent);
  }

  private static double longestRoundTrip(ClusterAccess cluster) {
    return cluster.status().nodes().stream()
        .filter(node -> node.status() != NodeStatus.FAILED)
        .mapToDouble(NodeInfo::rttMicros)
        .max()
        .orElse(0);
  }

  private static void gauge(
      MeterRegistry registry, String name, String description, Supplier<Number> value) {
    Gauge.builder(name, value).description(description).register(registry);
  }

  private static void counter(
      MeterRegistry registry, String name, StreamHub hub, ToDoubleFunction<StreamHub> value) {
    FunctionCounter.builder(name, hub, value).register(registry);
  }
}
