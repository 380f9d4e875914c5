package dev.mabeam.consensus;

import java.util.Random;
import java.util.random.RandomGenerator;

/** The engine asks for a {@link Random}; this one draws from the node's own generator. */
final class EngineRandom extends Random {
  private static final long serialVersionUID = 1L;

  private final transient RandomGenerator generator;

  EngineRandom(RandomGenerator generator) {
    super(0);
    this.generator = generator;
  }

  @Override
  protected int next(int bits) {
    return generator.nextInt() >>> (32 - bits);
  }
}
