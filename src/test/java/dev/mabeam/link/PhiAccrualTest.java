package dev.mabeam.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PhiAccrualTest {
  private static final long MILLI = 1_000_000;
  private final PhiAccrual detector = new PhiAccrual(Duration.ofMillis(500), 0);
  private long now;

  private void beat(int times, long everyMillis) {
    for (int i = 0; i < times; i++) {
      now += everyMillis * MILLI;
      detector.heard(now);
    }
  }

  private double phiAfter(long millis) {
    return detector.phi(now + millis * MILLI);
  }

  @Test
  void shouldStayLowWhileHeartbeatsComeInTime() {
    beat(200, 500);
    assertTrue(phiAfter(0) < 0.1);
    assertTrue(phiAfter(500) < 1);
  }

  @Test
  void shouldPassTheThresholdAfterThreeMissedHeartbeats() {
    beat(200, 500);
    assertTrue(phiAfter(1_200) < 8, () -> "" + phiAfter(1_200));
    assertTrue(phiAfter(2_000) > 8, () -> "" + phiAfter(2_000));
  }

  @Test
  void shouldGrowWithoutEverFalling() {
    beat(50, 500);
    double last = 0;
    for (long millis = 0; millis < 20_000; millis += 10) {
      double phi = phiAfter(millis);
      assertTrue(phi >= last && phi <= 100, phi + " after " + millis);
      last = phi;
    }
    assertEquals(100, last);
  }

  @Test
  void shouldNotBecomeBluntByOneLongGap() {
    beat(100, 500);
    beat(1, 20_000);
    beat(10, 500);
    assertTrue(phiAfter(2_200) > 8, () -> "" + phiAfter(2_200));
  }

  @Test
  void shouldBePatientWithAPeerThatIsAlwaysSlow() {
    beat(200, 1_200);
    assertTrue(phiAfter(1_500) < 8, () -> "" + phiAfter(1_500));
  }

  @Test
  void shouldNotCountItsOwnAbsence() {
    beat(100, 500);
    detector.forgive(10_000 * MILLI);
    assertTrue(phiAfter(10_400) < 1);
  }
}
