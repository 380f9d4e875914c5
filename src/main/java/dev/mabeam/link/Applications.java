package dev.mabeam.link;

import io.vertx.core.Future;

/** What founding needs to know of the cluster that it leads to. */
interface Applications {
  /** Makes this node the first member of a new cluster. */
  Admission found();

  /**
   * Applies to the member there. Fails with CONFLICT if this node's name is taken, with UNAVAILABLE
   * if nothing was decided for now.
   */
  Future<Admission> apply(LinkAddress member);

  /** From this call on the node is a member. */
  Admission enter(Admission in);

  /** The cluster that this node is in, or was in when its store was written; empty if none. */
  String clusterId();
}
