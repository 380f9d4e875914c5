package dev.mabeam.consensus;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ConsensusSimTest {
  @Test
  void shouldBeLinearizableThroughTheStorm() {
    long from = Long.getLong("seed", 1);
    long count = Long.getLong("seeds", 20);
    int failed = 0;
    for (long seed = from; seed < from + count; seed++) {
      long began = System.nanoTime();
      try {
        RoomStorm storm = new RoomStorm(seed, 3, (int) (seed % 3), Rules.ALL);
        storm.run(Duration.ofSeconds(20));
        if (count < 50) {
          System.out.println(storm + " " + (System.nanoTime() - began) / 1_000_000 + " ms");
        }
      } catch (AssertionError failure) {
        failed++;
        System.out.println("SEED " + seed + " " + failure.getMessage());
        if (count == 1) {
          throw failure;
        }
      }
    }
    System.out.println(failed + " failed of " + count);
  }
}
