package dev.mabeam.variable.ledger;

import java.util.ArrayList;
import java.util.List;

/**
 * Merkle trees as RFC 6962 has them: a leaf is hashed behind a 0 byte and a node behind a 1 byte,
 * so neither passes for the other; a tree splits at the largest power of two below its size, so no
 * leaf is ever counted twice.
 */
final class Merkle {
  private static final byte[] LEAF = {0};
  private static final byte[] NODE = {1};
  private static final Hash EMPTY = Hash.sha256();

  private Merkle() {}

  static Hash leaf(byte[] data) {
    return Hash.sha256(LEAF, data);
  }

  static Hash node(Hash left, Hash right) {
    return Hash.sha256(NODE, left.bytes(), right.bytes());
  }

  /** Of the tree over {@code leaves}, which are data. */
  static Hash root(List<byte[]> leaves) {
    return rootOf(leaves.stream().map(Merkle::leaf).toList());
  }

  /** Of the tree over leaves that are hashed. */
  static Hash rootOf(List<Hash> leaves) {
    if (leaves.isEmpty()) {
      return EMPTY;
    }
    if (leaves.size() == 1) {
      return leaves.get(0);
    }
    int split = Integer.highestOneBit(leaves.size() - 1);
    return node(
        rootOf(leaves.subList(0, split)), rootOf(leaves.subList(split, leaves.size())));
  }

  /** What shows that the leaf at {@code index} is in the tree. */
  static List<Hash> inclusion(int index, List<Hash> leaves) {
    List<Hash> proof = new ArrayList<>();
    if (leaves.size() > 1) {
      int split = Integer.highestOneBit(leaves.size() - 1);
      List<Hash> left = leaves.subList(0, split);
      List<Hash> right = leaves.subList(split, leaves.size());
      if (index < split) {
        proof.addAll(inclusion(index, left));
        proof.add(rootOf(right));
      } else {
        proof.addAll(inclusion(index - split, right));
        proof.add(rootOf(left));
      }
    }
    return proof;
  }

  /** Whether {@code leaf} is at {@code index} of the tree of that size and root. */
  static boolean includes(Hash leaf, long index, long size, List<Hash> proof, Hash root) {
    if (index < 0 || index >= size) {
      return false;
    }
    long at = index;
    long last = size - 1;
    Hash hash = leaf;
    for (Hash step : proof) {
      if (last == 0) {
        return false;
      }
      if ((at & 1) == 1 || at == last) {
        hash = node(step, hash);
        while ((at & 1) == 0 && at != 0) {
          at >>= 1;
          last >>= 1;
        }
      } else {
        hash = node(hash, step);
      }
      at >>= 1;
      last >>= 1;
    }
    return last == 0 && hash.equals(root);
  }

  /** What shows that the first {@code before} leaves were a tree that this one has grown from. */
  static List<Hash> consistency(int before, List<Hash> leaves) {
    if (before <= 0 || before > leaves.size()) {
      throw new IllegalArgumentException(before + " of " + leaves.size() + " leaves");
    }
    return before == leaves.size() ? List.of() : subproof(before, leaves, true);
  }

  private static List<Hash> subproof(int before, List<Hash> leaves, boolean whole) {
    List<Hash> proof = new ArrayList<>();
    if (before == leaves.size()) {
      if (!whole) {
        proof.add(rootOf(leaves));
      }
      return proof;
    }
    int split = Integer.highestOneBit(leaves.size() - 1);
    List<Hash> left = leaves.subList(0, split);
    List<Hash> right = leaves.subList(split, leaves.size());
    if (before <= split) {
      proof.addAll(subproof(before, left, whole));
      proof.add(rootOf(right));
    } else {
      proof.addAll(subproof(before - split, right, false));
      proof.add(rootOf(left));
    }
    return proof;
  }

  /** Whether the tree of {@code size} and {@code root} has grown from the one before. */
  static boolean grown(long before, Hash rootBefore, long size, Hash root, List<Hash> proof) {
    if (before <= 0 || before > size) {
      return false;
    }
    if (before == size) {
      return proof.isEmpty() && rootBefore.equals(root);
    }
    List<Hash> steps = new ArrayList<>(proof);
    if (Long.bitCount(before) == 1) {
      steps.add(0, rootBefore);
    }
    if (steps.isEmpty()) {
      return false;
    }
    long at = before - 1;
    long last = size - 1;
    while ((at & 1) == 1) {
      at >>= 1;
      last >>= 1;
    }
    Hash old = steps.get(0);
    Hash now = old;
    for (Hash step : steps.subList(1, steps.size())) {
      if (last == 0) {
        return false;
      }
      if ((at & 1) == 1 || at == last) {
        old = node(step, old);
        now = node(step, now);
        while ((at & 1) == 0 && at != 0) {
          at >>= 1;
          last >>= 1;
        }
      } else {
        now = node(now, step);
      }
      at >>= 1;
      last >>= 1;
    }
    return last == 0 && old.equals(rootBefore) && now.equals(root);
  }
}
