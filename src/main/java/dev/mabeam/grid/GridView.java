package dev.mabeam.grid;

import java.util.List;

/**
 * Who is in the cluster, as this node's side of it agreed.
 *
 * @param id grows with every view that this node installs; two sides of a cut number on their own
 * @param members the nodes' names, the coordinator first, then in the order in which they came
 * @param merged whether this view put two sides of a cut together again
 */
public record GridView(long id, List<String> members, boolean merged) {
  public GridView {
    members = List.copyOf(members);
  }

  /** The name of the node that speaks for this view, or the empty string if nobody is in it. */
  public String coordinator() {
    return members.isEmpty() ? "" : members.get(0);
  }
}
