package dev.mabeam.variable;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;

/** That a variant which is broken on purpose is refused, and for what is broken in it. */
final class Caught {
  private Caught() {}

  /** At least so many of the seeds from 1 have to tell; when they have, it ends. */
  static void require(int least, int seeds, String why, LongConsumer run) {
    List<String> found = new ArrayList<>();
    long caught =
        LongStream.rangeClosed(1, seeds)
            .filter(
                seed -> {
                  try {
                    run.accept(seed);
                    return false;
                  } catch (AssertionError expected) {
                    found.add(expected.getMessage());
                    return expected.getMessage().contains(why);
                  }
                })
            .limit(least)
            .count();
    assertEquals(least, caught, () -> "not enough of " + seeds + " seeds tell: " + found);
  }
}
