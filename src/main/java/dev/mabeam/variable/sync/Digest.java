package dev.mabeam.variable.sync;

import dev.mabeam.variable.version.Hash64;

/**
 * What this node and another one both keep, in 1,024 leaves of 32 groups: equal digests mean equal
 * contents. A variable is in the leaf that its name gives; a leaf is the exclusive or of its
 * variables' hashes, so a change costs two of them however many variables there are.
 */
final class Digest {
  static final int GROUPS = 32;
  static final int LEAVES = GROUPS * GROUPS;

  private final long[] leaves = new long[LEAVES];
  private int variables;

  static int leaf(String name) {
    return (int) (Hash64.of(name) >>> 1) & (LEAVES - 1);
  }

  /** Of a variable and the version that is here; never 0. */
  static long hash(String name, long version) {
    return Hash64.mix(Hash64.of(name) * 31 + version) | 1;
  }

  void add(int leaf, long hash) {
    leaves[leaf] ^= hash;
    variables++;
  }

  void remove(int leaf, long hash) {
    leaves[leaf] ^= hash;
    variables--;
  }

  boolean isEmpty() {
    return variables == 0;
  }

  long root() {
    return mix(groups());
  }

  long[] groups() {
    long[] groups = new long[GROUPS];
    for (int group = 0; group < GROUPS; group++) {
      groups[group] = mix(group(group));
    }
    return groups;
  }

  /** The leaves of one group. */
  long[] group(int group) {
    long[] copy = new long[GROUPS];
    System.arraycopy(leaves, group * GROUPS, copy, 0, GROUPS);
    return copy;
  }

  /** The place counts: two leaves that changed places are not the same. */
  private static long mix(long[] hashes) {
    long sum = 0;
    for (long hash : hashes) {
      sum = Hash64.mix(sum * 31 + hash);
    }
    return sum;
  }
}
