package dev.mabeam.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MembershipMetricsTest {
  @Test
  void shouldShowWhatThisNodeSeesWithFewTags() {
    SimMembers cluster = SimMembers.of(3, 3, Topology.RING);
    MeterRegistry registry = new SimpleMeterRegistry();
    MembershipMetrics.register(() -> cluster.node("n1").membership, registry);
    assertEquals(3, registry.get("mabeam.nodes").tag("status", "active").gauge().value());
    assertEquals(1, registry.get("mabeam.writable").gauge().value());
    assertEquals(0, registry.get("mabeam.load").tag("part", "all").gauge().value());

    cluster.crash("n3");
    cluster.sim.runFor(Duration.ofSeconds(5));
    assertEquals(2, registry.get("mabeam.nodes").tag("status", "active").gauge().value());
    assertEquals(1, registry.get("mabeam.nodes").tag("status", "failed").gauge().value());
    assertTrue(registry.get("mabeam.phi.max").gauge().value() > 8);
    registry.getMeters().stream()
        .flatMap(meter -> meter.getId().getTags().stream())
        .map(Tag::getKey)
        .forEach(key -> assertTrue(Set.of("status", "part").contains(key), key));
  }
}
