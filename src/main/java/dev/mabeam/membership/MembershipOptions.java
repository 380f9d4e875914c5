package dev.mabeam.membership;

import dev.mabeam.link.Member;
import java.util.List;

/**
 * What a node says of itself for as long as it is in the cluster.
 *
 * @param clusterId the cluster that it was admitted to
 * @param self its admission
 * @param version the version of mabeam that it runs
 */
public record MembershipOptions(
    String clusterId,
    Member self,
    List<String> capabilities,
    Capacity capacity,
    String zone,
    Topology topology,
    String version) {
  public MembershipOptions {
    capabilities = List.copyOf(capabilities);
  }
}
