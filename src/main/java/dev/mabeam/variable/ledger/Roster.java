package dev.mabeam.variable.ledger;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Who may sign in one replica set: the public keys of its stores. Blocks and countersignatures name
 * it by its hash.
 */
public final class Roster {
  private static final int MOST = 1_000;

  private final long set;
  private final int replicas;
  private final SortedMap<String, byte[]> keys;
  private final Hash hash;

  private Roster(long set, int replicas, SortedMap<String, byte[]> keys) {
    this.set = set;
    this.replicas = replicas;
    this.keys = keys;
    this.hash = Hash.in("mabeam/ledger/roster/1", encode());
  }

  /**
   * Of the set that has that number.
   *
   * @param replicas how many there are, also such as have told no key yet
   * @param publicKeys one a store
   */
  public static Roster of(long set, int replicas, Collection<byte[]> publicKeys) {
    TreeMap<String, byte[]> keys = new TreeMap<>();
    for (byte[] key : publicKeys) {
      if (!StoreKey.isKey(key)) {
        throw new Broken(Fault.Reason.MALFORMED, "a public key that is none");
      }
      keys.put(StoreKey.id(key), key.clone());
    }
    return new Roster(set, replicas, keys);
  }

  public long set() {
    return set;
  }

  public Hash hash() {
    return hash;
  }

  /** The ids of its stores. */
  public List<String> stores() {
    return List.copyOf(keys.keySet());
  }

  public boolean contains(String store) {
    return keys.containsKey(store);
  }

  /** The public key of {@code store}, or null. */
  byte[] key(String store) {
    return keys.get(store);
  }

  /** Of all replicas. */
  public int majority() {
    return replicas / 2 + 1;
  }

  public byte[] encode() {
    Packer out = new Packer().u64(set).u16(replicas).u16(keys.size());
    for (Map.Entry<String, byte[]> each : keys.entrySet()) {
      out.bytes(each.getValue());
    }
    return out.done();
  }

  /** The inverse of {@link #encode}; fails with {@link Broken}. */
  public static Roster decode(byte[] bytes) {
    Unpacker in = new Unpacker(bytes);
    long set = in.u64();
    int replicas = in.u16();
    int size = in.u16();
    if (size > MOST || size > replicas) {
      throw Unpacker.malformed("a set of " + size);
    }
    TreeMap<String, byte[]> keys = new TreeMap<>();
    for (int i = 0; i < size; i++) {
      byte[] key = in.bytes();
      String id = StoreKey.id(key);
      boolean sorted = keys.isEmpty() || keys.lastKey().compareTo(id) < 0;
      if (!sorted || !StoreKey.isKey(key)) {
        throw Unpacker.malformed("a public key that is none, or in no order");
      }
      keys.put(id, key);
    }
    in.end();
    return new Roster(set, replicas, keys);
  }
}
