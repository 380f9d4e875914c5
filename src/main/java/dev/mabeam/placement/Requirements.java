package dev.mabeam.placement;

import java.util.List;

/**
 * What an agent needs of a node, and where it would rather be.
 *
 * @param memoryMb megabytes it reserves, 0 for none
 * @param cpuWeight share of cores it reserves (1.0 is one core), 0 for none
 * @param capabilities what the node must have
 * @param preferredCapabilities what is good to have
 * @param preferredNodes ids or names of nodes it would rather be on
 * @param affinity rules that count for a node
 * @param antiAffinity rules that count against a node
 */
public record Requirements(
    int memoryMb,
    double cpuWeight,
    List<String> capabilities,
    List<String> preferredCapabilities,
    List<String> preferredNodes,
    List<Rule> affinity,
    List<Rule> antiAffinity) {
  /** Needs nothing and prefers nothing. */
  public static final Requirements NONE =
      new Requirements(0, 0, List.of(), List.of(), List.of(), List.of(), List.of());

  public Requirements {
    capabilities = List.copyOf(capabilities);
    preferredCapabilities = List.copyOf(preferredCapabilities);
    preferredNodes = List.copyOf(preferredNodes);
    affinity = List.copyOf(affinity);
    antiAffinity = List.copyOf(antiAffinity);
  }
}
