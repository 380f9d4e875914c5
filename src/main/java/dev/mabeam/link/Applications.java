package dev.mabeam.link;

import io.vertx.core.Future;

/** What founding needs to know of the cluster that it leads to. */
interface Applications {
  /** Makes this node the first member of a new cluster. */
  Admission found();

  /**
   * Applies there, following redirections. Fails with CONFLICT if this node's name is taken, with
   * UNAVAILABLE if nobody ruled on it for now.
   */
  Future<Admission> apply(LinkAddress registrar);

  /** From this call on the node is a member. */
  Admission enter(Admission in);

  /** The cluster that this node is in. */
  String clusterId();

  /** Where others should apply. */
  LinkAddress registrar();
}
