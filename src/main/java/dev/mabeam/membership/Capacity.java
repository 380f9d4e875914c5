package dev.mabeam.membership;

import io.vertx.core.json.JsonObject;

/**
 * What a node has room for.
 *
 * @param memoryMb megabytes of heap
 * @param cpuWeight cores, in fractions where a container limits them so
 */
public record Capacity(int memoryMb, double cpuWeight) {
  private static final long MEGABYTE = 1 << 20;

  /**
   * The given values where they are positive, and else what this process may use: its maximum heap,
   * which the JVM derives from the container's memory, and the container's share of processors.
   */
  public static Capacity ofProcess(int memoryMb, double cpuWeight) {
    Runtime runtime = Runtime.getRuntime();
    return new Capacity(
        memoryMb > 0 ? memoryMb : (int) Math.max(1, runtime.maxMemory() / MEGABYTE),
        cpuWeight > 0 ? cpuWeight : Container.cores());
  }

  public JsonObject toJson() {
    return new JsonObject().put("memoryMb", memoryMb).put("cpuWeight", cpuWeight);
  }

  /** The inverse of {@link #toJson()}; what is missing is 0. */
  public static Capacity fromJson(JsonObject json) {
    return new Capacity(json.getInteger("memoryMb", 0), json.getDouble("cpuWeight", 0.0));
  }
}
