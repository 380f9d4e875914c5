package dev.mabeam.variable.sync;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/** A random choice. */
final class Sample {
  private Sample() {}

  /** Up to {@code most} of {@code all}, without those {@code but}; all equally likely. */
  static List<String> of(List<String> all, Set<String> but, int most, RandomGenerator random) {
    List<String> left = new ArrayList<>(all.size());
    for (String each : all) {
      if (!but.contains(each)) {
        left.add(each);
      }
    }
    int size = Math.min(most, left.size());
    for (int i = 0; i < size; i++) {
      int chosen = random.nextInt(i, left.size());
      String swapped = left.set(i, left.get(chosen));
      left.set(chosen, swapped);
    }
    return left.subList(0, size);
  }
}
