package dev.mabeam.cli;

import java.util.Arrays;

/** What several runs of the same came to. */
record Spread(double min, double median, double max) {
  /** Of at least one value, in any order. */
  static Spread of(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return new Spread(sorted[0], median, sorted[sorted.length - 1]);
  }

  /** To three places. */
  static double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
