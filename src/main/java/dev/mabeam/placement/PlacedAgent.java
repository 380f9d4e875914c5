package dev.mabeam.placement;

/**
 * An agent that has a place, started or not: what it reserves there is taken.
 *
 * @param node the id of its node
 * @param memoryMb megabytes that it reserves
 * @param cpuWeight share of cores that it reserves
 */
public record PlacedAgent(String id, String type, String node, int memoryMb, double cpuWeight) {
  /** Sums of binary fractions depend on their order; sums of thousandths of a core do not. */
  static long millis(double cores) {
    return Math.round(cores * 1000);
  }

  long cpuMillis() {
    return millis(cpuWeight);
  }
}
