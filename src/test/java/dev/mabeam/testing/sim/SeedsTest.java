package dev.mabeam.testing.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SeedsTest {
  private static long heads(LongFunction<Random> of) {
    return LongStream.range(0, 1_000).filter(seed -> of.apply(seed).nextBoolean()).count();
  }

  @Test
  void shouldBeginDifferentlyFromSeedToSeed() {
    long heads = heads(Seeds::random);
    assertTrue(heads > 400 && heads < 600, heads + " of a thousand began with true");
    long without = heads(Random::new);
    assertTrue(without > 900 || without < 100, without + " without it");
  }

  @Test
  void shouldDrawTheSameFromTheSameSeed() {
    assertEquals(Seeds.random(7).nextLong(), Seeds.random(7).nextLong());
  }
}
