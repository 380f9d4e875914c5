package dev.mabeam.membership;

/**
 * How busy a node is, each part from 0 (idle) to 1 (nothing left).
 *
 * @param cpu this process's share of the processors that it may use
 * @param heap what the last garbage collection left, as a share of the maximum heap
 * @param lag how late the event loop's timers run, 1 at a quarter of a second
 */
public record Load(double cpu, double heap, double lag) {
  /** A node that does nothing. */
  public static final Load IDLE = new Load(0, 0, 0);

  public Load {
    cpu = clamp(cpu);
    heap = clamp(heap);
    lag = clamp(lag);
  }

  /**
   * One number from 0 to 1: the scarcest of the three, since a node that is out of any of them
   * can take no more. Heap counts only from one half on: below, the collector has room enough.
   */
  public double value() {
    return Math.max(Math.max(cpu, lag), Math.max(0, 2 * heap - 1));
  }

  private static double clamp(double share) {
    return Double.isNaN(share) ? 0 : Math.max(0, Math.min(1, share));
  }
}
