package dev.mabeam.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mabeam.event.ClusterEvent;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AuditTrailTest {
  private final List<ClusterEvent> told = new ArrayList<>();
  private long now;
  private final AuditTrail audit = new AuditTrail(told::add, () -> now);

  @Test
  void shouldTellTheSameOnceInTenSeconds() {
    for (int i = 0; i < 1_000; i++) {
      audit.record("setVariable", "count", Role.OPERATOR, 200);
    }
    assertEquals(1, told.size());
    now += AuditTrail.QUIET.toNanos();
    audit.record("setVariable", "count", Role.OPERATOR, 200);
    assertEquals(2, told.size());
  }

  @Test
  void shouldTellOfMessagesOnceInAMinuteUnlessTheyAreRefused() {
    audit.record("askAgent", "reader", Role.OPERATOR, 200);
    audit.record("askAgent", "reader", Role.OPERATOR, 503);
    now += AuditTrail.QUIET.toNanos();
    audit.record("askAgent", "reader", Role.OPERATOR, 200);
    assertEquals(2, told.size());
    audit.record("askAgent", "reader", Role.OPERATOR, 503);
    assertEquals(3, told.size());
    now += AuditTrail.QUIET_MESSAGES.toNanos();
    audit.record("askAgent", "reader", Role.OPERATOR, 200);
    assertEquals(4, told.size());
  }

  @Test
  void shouldTellWhatDiffers() {
    audit.record("deployVerticle", "a", Role.OPERATOR, 201);
    audit.record("deployVerticle", "b", Role.OPERATOR, 201);
    audit.record("deployVerticle", "a", Role.OPERATOR, 409);
    audit.record("undeployVerticle", "a", Role.OPERATOR, 204);
    audit.record("deployVerticle", "a", Role.OPERATOR, 201);
    assertEquals(4, told.size());
  }
}
