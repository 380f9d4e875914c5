package dev.mabeam.link;

import java.util.List;

/**
 * What a node gets when it is in: which cluster, as whom, and who else is there.
 *
 * @param clusterId random, made by the founder; two clusters never share one
 * @param others the members that the registrar knew, oldest first; some may be gone by now
 * @param founder whether this node founded the cluster just now
 */
public record Admission(String clusterId, Member self, List<Member> others, boolean founder) {
  public Admission {
    others = List.copyOf(others);
  }
}
