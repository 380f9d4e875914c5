package dev.mabeam.membership;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * Gauges of what this node sees: {@code mabeam.nodes} by status, {@code mabeam.load} by part,
 * {@code mabeam.phi.max}, {@code mabeam.view} and {@code mabeam.writable}. No tag names a node.
 */
public final class MembershipMetrics {
  private final Supplier<Membership> membership;
  private final MeterRegistry registry;

  private MembershipMetrics(Supplier<Membership> membership, MeterRegistry registry) {
    this.membership = membership;
    this.registry = registry;
  }

  /** Registers all gauges, of whichever membership the node has when they are read. */
  public static void register(Supplier<Membership> membership, MeterRegistry registry) {
    new MembershipMetrics(membership, registry).register();
  }

  private void register() {
    for (NodeStatus status : NodeStatus.values()) {
      Gauge.builder("mabeam.nodes", membership, m -> count(m.get(), status))
          .description("Nodes that this node knows of, by status")
          .tag("status", status.json())
          .strongReference(true)
          .register(registry);
    }
    load("cpu", m -> m.load().cpu());
    load("heap", m -> m.load().heap());
    load("lag", m -> m.load().lag());
    load("all", m -> m.load().value());
    gauge("mabeam.phi.max", "The highest suspicion of another node", MembershipMetrics::maxPhi);
    gauge("mabeam.view", "The number of the view", m -> m.status().view());
    gauge(
        "mabeam.writable",
        "1 while the caches take writes here, 0 on the smaller side of a cut",
        m -> m.status().mode().equals(ClusterStatus.NORMAL) ? 1 : 0);
  }

  private void load(String part, ToDoubleFunction<Membership> value) {
    Gauge.builder("mabeam.load", membership, m -> value.applyAsDouble(m.get()))
        .description("How busy this node is, 0 to 1")
        .tag("part", part)
        .strongReference(true)
        .register(registry);
  }

  private void gauge(String name, String description, ToDoubleFunction<Membership> value) {
    Gauge.builder(name, membership, m -> value.applyAsDouble(m.get()))
        .description(description)
        .strongReference(true)
        .register(registry);
  }

  private static double count(Membership membership, NodeStatus status) {
    return membership.nodes().stream().filter(node -> node.status() == status).count();
  }

  private static double maxPhi(Membership membership) {
    return membership.nodes().stream().mapToDouble(NodeInfo::phi).max().orElse(0);
  }
}
