package dev.mabeam.cli;

import java.util.List;
import picocli.CommandLine.Option;

/** Options of what is measured several times on clusters of several sizes. */
final class SizesAndRuns {
  @Option(
      names = "--nodes",
      split = ",",
      paramLabel = "N",
      defaultValue = "1,3,5",
      description = "sizes of cluster to measure (${DEFAULT-VALUE})")
  List<Integer> sizes;

  @Option(
      names = "--runs",
      paramLabel = "N",
      defaultValue = "5",
      description = "how often each (${DEFAULT-VALUE})")
  int runs;

  boolean isAllowed(int mostNodes) {
    return runs >= 1 && sizes.stream().allMatch(size -> size >= 1 && size <= mostNodes);
  }
}
