package dev.mabeam.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LatenciesTest {
  @Test
  void shouldBeExactBelowTwiceItsWidth() {
    Latencies latencies = new Latencies();
    for (int i = 1; i <= 100; i++) {
      latencies.record(i);
    }
    assertEquals(50, latencies.nanosAt(0.50));
    assertEquals(99, latencies.nanosAt(0.99));
    assertEquals(100, latencies.nanosAt(1));
    assertEquals(1, latencies.nanosAt(0));
    assertEquals(100, latencies.count());
  }

  @Test
  void shouldTellPercentilesToASixtyFourth() {
    Random random = new Random(7);
    for (int shift : new int[] {0, 3, 10, 20, 33, 50}) {
      Latencies latencies = new Latencies();
      long[] all = new long[10_000];
      for (int i = 0; i < all.length; i++) {
        all[i] = (long) (random.nextDouble() * random.nextDouble() * 4096) << shift;
        latencies.record(all[i]);
      }
      Arrays.sort(all);
      for (double quantile : new double[] {0.01, 0.5, 0.9, 0.99, 0.999, 1}) {
        long exact = all[(int) Math.ceil(quantile * all.length) - 1];
        long told = latencies.nanosAt(quantile);
        assertTrue(
            told >= exact && told <= exact + exact / 64 + 1,
            quantile + " shifted by " + shift + ": " + told + " for " + exact);
      }
    }
  }

  @Test
  void shouldTakeWhateverAClockGives() {
    Latencies latencies = new Latencies();
    assertEquals(0, latencies.nanosAt(0.99));
    latencies.record(-5);
    assertEquals(0, latencies.nanosAt(0.99));
    latencies.record(Long.MAX_VALUE);
    assertEquals(Long.MAX_VALUE, latencies.nanosAt(1));
  }
}
