package dev.mabeam.link;

import java.time.Duration;
import java.util.Objects;

/**
 * What a node tells its link.
 *
 * @param name the node's name, unique in the cluster
 * @param link what the link binds, and what other nodes dial; port 0 takes a free one
 * @param grid where the node's JGroups channel will listen
 * @param bus where the node's event bus will listen
 * @param bootstrap found a cluster alone if no seed leads to one
 * @param bootstrapExpect how many nodes have to agree to found, itself included; addresses that
 *     refuse are then not waited for. 0: all seeds have to agree
 * @param joinTimeout how long {@link Link#join} looks for a cluster before it fails
 * @param store names what the node keeps for others, see {@link Member#store}; empty: nothing that
 *     outlives its link
 */
public record LinkOptions(
    String name,
    LinkAddress link,
    LinkAddress grid,
    LinkAddress bus,
    boolean bootstrap,
    int bootstrapExpect,
    Duration joinTimeout,
    String store) {
  public LinkOptions {
    Objects.requireNonNull(name);
    Objects.requireNonNull(link);
    Objects.requireNonNull(grid);
    Objects.requireNonNull(bus);
    Objects.requireNonNull(joinTimeout);
    Objects.requireNonNull(store);
  }

  /** A node that keeps nothing which outlives its link. */
  public LinkOptions(
      String name,
      LinkAddress link,
      LinkAddress grid,
      LinkAddress bus,
      boolean bootstrap,
      int bootstrapExpect,
      Duration joinTimeout) {
    this(name, link, grid, bus, bootstrap, bootstrapExpect, joinTimeout, "");
  }

  /** A node that founds only together with all of its seeds, or alone if it has none. */
  public LinkOptions(
      String name, LinkAddress link, LinkAddress grid, LinkAddress bus, Duration joinTimeout) {
    this(name, link, grid, bus, false, 0, joinTimeout);
  }
}
