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
  private final SortedMap<String, byte[]> keys;
  private final Hash hash;

  private Roster(long set, SortedMap<String, byte[]> keys) {
    this.set = set;
    this.keys = keys;
    this.hash = Hash.in("mabeam/ledger/roster/1", encode());
  }

  /**
   * Of the set that has that number.
   *
   * @param publicKeys one a store
   */
  public static Roster of(long set, Collection<byte[]> publicKeys) {
    TreeMap<String, byte[]> keys = new TreeMap<>();
    for (byte[] key : publicKeys) {
      if (!StoreKey.isKey(key)) {
        throw new Broken(Fault.Reason.MALFORMED, "a public key that is none");
      }
      keys.put(StoreKey.id(key), key.clone());
    }
    return new Roster(set, keys);
  }

  long set() {
    return set;
  }

  public Hash hash() {
    return hash;
  }

  /** The ids of its stores. */
  public List<String> stores() {
    return List.copyOf(keys.keySet());
  }

  boolean contains(String store) {
    return keys.containsKey(store);
  }

  /** The public key of {@code store}, or null. */
  byte[] key(String store) {
    return keys.get(store);
  }

  int majority() {
    return keys.size() / 2 + 1;
  }

  byte[] encode() {
    Packer out = new Packer().u64(set).u16(keys.size());
    for (Map.Entry<String, byte[]> each : keys.entrySet()) {
      out.bytes(each.getValue());
    }
    return out.done();
  }

  static Roster decode(byte[] bytes) {
    Unpacker in = new Unpacker(bytes);
    long set = in.u64();
    int size = in.u16();
    if (size > MOST) {
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
    return new Roster(set, keys);
  }
}
