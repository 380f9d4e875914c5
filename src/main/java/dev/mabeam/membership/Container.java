package dev.mabeam.membership;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;

/**
 * The share of the processors that this process's container allows. The JVM rounds it up to whole
 * processors; half a core is half a core for placement.
 */
final class Container {
  private static final Path CGROUP_2 = Path.of("/sys/fs/cgroup/cpu.max");
  private static final Path CGROUP_1_QUOTA = Path.of("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  private static final Path CGROUP_1_PERIOD = Path.of("/sys/fs/cgroup/cpu/cpu.cfs_period_us");

  private Container() {}

  /** Cores that this process may use: the container's quota, at most what the JVM counts. */
  static double cores() {
    double processors = Runtime.getRuntime().availableProcessors();
    OptionalDouble quota = quota(read(CGROUP_2));
    if (quota.isEmpty()) {
      quota = quota(read(CGROUP_1_QUOTA) + " " + read(CGROUP_1_PERIOD));
    }
    return Math.min(processors, quota.orElse(processors));
  }

  /** Reads {@code "<quota> <period>"}; empty if it is unlimited ({@code max}, -1) or not there. */
  static OptionalDouble quota(String text) {
    String[] words = text.trim().split("\\s+");
    try {
      double quota = Double.parseDouble(words[0]) / Double.parseDouble(words[1]);
      return quota > 0 ? OptionalDouble.of(quota) : OptionalDouble.empty();
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException unlimited) {
      return OptionalDouble.empty();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException absent) {
      return "";
    }
  }
}
