package dev.mabeam.variable.ledger;

import java.util.ArrayList;
import java.util.List;

/**
 * A Merkle tree that leaves are added to, kept as the roots of its whole subtrees from the left: as
 * many as its size has ones. Immutable.
 */
record Growing(long size, List<Hash> roots) {
  static final Growing EMPTY = new Growing(0, List.of());

  /** With one leaf more. */
  Growing with(Hash leaf) {
    List<Hash> more = new ArrayList<>(roots);
    Hash last = leaf;
    for (long left = size; (left & 1) == 1; left >>= 1) {
      last = Merkle.node(more.remove(more.size() - 1), last);
    }
    more.add(last);
    return new Growing(size + 1, List.copyOf(more));
  }

  Hash root() {
    if (roots.isEmpty()) {
      return Merkle.rootOf(List.of());
    }
    Hash root = roots.get(roots.size() - 1);
    for (int i = roots.size() - 2; i >= 0; i--) {
      root = Merkle.node(roots.get(i), root);
    }
    return root;
  }
}
