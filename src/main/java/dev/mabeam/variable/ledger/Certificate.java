package dev.mabeam.variable.ledger;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The countersignatures of a block: a majority of the stores of one roster has it, and everything
 * that it descends from.
 */
public final class Certificate {
  static final String SIGNED = "mabeam/ledger/vote/1";
  private static final int VERSION = 1;

  private final Hash block;
  private final Hash roster;
  private final SortedMap<String, byte[]> votes;

  private Certificate(Hash block, Hash roster, SortedMap<String, byte[]> votes) {
    this.block = block;
    this.roster = roster;
    this.votes = votes;
  }

  /**
   * That these votes are valid is checked by {@link Chain#certify}.
   *
   * @param votes the signature of each store by its id
   */
  public static Certificate of(Hash block, Hash roster, Map<String, byte[]> votes) {
    return new Certificate(block, roster, new TreeMap<>(votes));
  }

  /** What a store signs. */
  static byte[] message(Block block, Hash roster) {
    return new Packer()
        .text(block.header().variable())
        .u64(block.header().life())
        .hash(roster)
        .u64(block.height())
        .hash(block.hash())
        .done();
  }

  public Hash block() {
    return block;
  }

  public Hash roster() {
    return roster;
  }

  /** The ids of those who signed. */
  public Set<String> stores() {
    return Set.copyOf(votes.keySet());
  }

  Collection<Map.Entry<String, byte[]>> votes() {
    return votes.entrySet();
  }

  /** Fails if it is not what a majority of {@code among} signed. */
  void require(Block of, Roster among) {
    for (Map.Entry<String, byte[]> vote : votes.entrySet()) {
      byte[] key = among.key(vote.getKey());
      if (key == null) {
        throw new Broken(
            Fault.Reason.CERTIFICATE,
            "store " + vote.getKey() + " is not of set " + among.set());
      }
      if (!StoreKey.verify(key, SIGNED, message(of, roster), vote.getValue())) {
        throw new Broken(
            Fault.Reason.CERTIFICATE, "store " + vote.getKey() + " has not signed this block");
      }
    }
    if (votes.size() < among.majority()) {
      throw new Broken(
          Fault.Reason.CERTIFICATE,
          votes.size() + " have signed, a majority is " + among.majority());
    }
  }

  public byte[] encode() {
    Packer out = new Packer().u8(VERSION).hash(block).hash(roster).u16(votes.size());
    votes.forEach((store, signature) -> out.text(store).bytes(signature));
    return out.done();
  }

  /** The inverse of {@link #encode}; fails with {@link Broken}, also if a store signed twice. */
  public static Certificate decode(byte[] bytes) {
    Unpacker in = new Unpacker(bytes);
    int version = in.u8();
    if (version != VERSION) {
      throw new Broken(Fault.Reason.VERSION, "a certificate of version " + version);
    }
    Hash block = in.hash();
    Hash roster = in.hash();
    int many = in.u16();
    TreeMap<String, byte[]> votes = new TreeMap<>();
    for (int i = 0; i < many; i++) {
      String store = in.text();
      if (!votes.isEmpty() && votes.lastKey().compareTo(store) >= 0) {
        throw new Broken(
            Fault.Reason.CERTIFICATE, "store " + store + " is named twice, or in no order");
      }
      votes.put(store, in.bytes());
    }
    in.end();
    return new Certificate(block, roster, votes);
  }

  @Override
  public String toString() {
    return block.brief() + " by " + votes.keySet();
  }
}
