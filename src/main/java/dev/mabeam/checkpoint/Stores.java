package dev.mabeam.checkpoint;

import dev.mabeam.link.LinkAddress;
import java.util.Map;

/**
 * The stores that the cluster's members have, by decision. One that is not among them is gone: its
 * node left or was expelled, and a set that names it has lost it.
 */
@FunctionalInterface
public interface Stores {
  /**
   * Where a store is.
   *
   * @param address of its node's link
   * @param zone empty if the node named none
   * @param stays false while its node is being drained: no set takes it up then
   */
  record Store(String id, LinkAddress address, String zone, boolean stays) {}

  /**
   * By their ids, this node's included. The same object until something changed; asked on the
   * room's thread.
   */
  Map<String, Store> all();
}
