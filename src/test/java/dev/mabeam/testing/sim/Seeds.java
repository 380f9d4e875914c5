package dev.mabeam.testing.sim;

import java.util.Random;
import java.util.SplittableRandom;

/**
 * Randomness for the runs of a test that counts its seeds. A {@link Random} hardly mixes its seed:
 * those next to each other draw the same first booleans and nearly the same first fractions, so
 * that thousands of runs would all begin in the same few ways.
 */
public final class Seeds {
  private Seeds() {}

  /** One sequence a seed, from the first number on like no other. */
  public static Random random(long seed) {
    return new Random(new SplittableRandom(seed).nextLong());
  }
}
