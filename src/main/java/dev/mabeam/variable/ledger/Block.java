package dev.mabeam.variable.ledger;

import dev.mabeam.time.HybridTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Some writes, and which blocks their writer had seen. Immutable; that its parts fit each other is
 * checked by {@link Chain#add}, not here.
 *
 * <pre>
 *   block      header:bytes  signature:bytes  entries: each :bytes
 *   header     version:1 kind:1 variable:text life:8 roster:32 height:8 size:8 history:32
 *              parents:2 each :32  count:4 entries:32 state:32 author:text stamp:16 index:8
 * </pre>
 *
 * <p>Its hash is that of the header, which contains the Merkle root of the entries; the author signs
 * the header.
 */
public final class Block {
  static final String SIGNED = "mabeam/ledger/block/1";
  private static final int VERSION = 1;
  static final int MOST_PARENTS = 1_000;
  static final int MOST_ENTRIES = 1 << 20;
  /** Stands where there is no roster. */
  static final Hash NO_ROSTER = Hash.of(new byte[Hash.LENGTH]);

  /** What kinds there are. */
  enum Kind {
    /** What a variable is made with: follows from its definition. */
    FIRST,
    /** Writes at one store, which signs them. */
    WRITTEN,
    /** Joins blocks that had not seen each other: follows from them, so anybody makes the same. */
    MERGE,
    /** What the log decided: follows from it, so every replica makes the same. */
    DECIDED
  }

  /**
   * What is hashed and signed.
   *
   * @param roster who could sign when it was written
   * @param height 0 for the first one, else one more than the highest parent's
   * @param size how many blocks it descends from
   * @param history the Merkle root of these
   * @param parents those that nothing else which its writer had seen descends from; sorted
   * @param count how many entries
   * @param entries the Merkle root of these
   * @param state the Merkle root of what the entries make of what was before
   * @param author the id of the store, or empty
   * @param index where the log decided it; else 0
   */
  record Header(
      Kind kind,
      String variable,
      long life,
      Hash roster,
      long height,
      long size,
      Hash history,
      List<Hash> parents,
      int count,
      Hash entries,
      Hash state,
      String author,
      HybridTime stamp,
      long index) {
    Header {
      parents = List.copyOf(parents);
    }

    byte[] encode() {
      Packer out =
          new Packer()
              .u8(VERSION)
              .u8(kind.ordinal())
              .text(variable)
              .u64(life)
              .hash(roster)
              .u64(height)
              .u64(size)
              .hash(history)
              .u16(parents.size());
      parents.forEach(out::hash);
      return out.u32(count)
          .hash(entries)
          .hash(state)
          .text(author)
          .time(stamp)
          .u64(index)
          .done();
    }

    static Header decode(byte[] bytes) {
      Unpacker in = new Unpacker(bytes);
      int version = in.u8();
      int kind = in.u8();
      if (version != VERSION || kind >= Kind.values().length) {
        throw new Broken(
            Fault.Reason.VERSION, "a block of version " + version + " and kind " + kind);
      }
      Header header =
          new Header(
              Kind.values()[kind],
              in.text(),
              in.u64(),
              in.hash(),
              in.u64(),
              in.u64(),
              in.hash(),
              parents(in),
              in.u32(),
              in.hash(),
              in.hash(),
              in.text(),
              in.time(),
              in.u64());
      in.end();
      return header;
    }

    private static List<Hash> parents(Unpacker in) {
      int many = in.u16();
      if (many > MOST_PARENTS) {
        throw Unpacker.malformed(many + " blocks before it");
      }
      List<Hash> parents = new ArrayList<>();
      for (int i = 0; i < many; i++) {
        Hash parent = in.hash();
        if (i > 0 && parents.get(i - 1).compareTo(parent) >= 0) {
          throw Unpacker.malformed("the blocks before it are in no order");
        }
        parents.add(parent);
      }
      return parents;
    }
  }

  private final Header header;
  private final byte[] headerBytes;
  private final byte[] signature;
  private final List<byte[]> entries;
  private final Hash hash;

  private Block(Header header, byte[] headerBytes, byte[] signature, List<byte[]> entries) {
    this.header = header;
    this.headerBytes = headerBytes;
    this.signature = signature;
    this.entries = List.copyOf(entries);
    this.hash = hash(headerBytes);
  }

  /** Of the block with that header. */
  static Hash hash(byte[] headerBytes) {
    return Hash.in("mabeam/ledger/hash/1", headerBytes);
  }

  /** One that nobody signs. */
  static Block unsigned(Header header, List<byte[]> entries) {
    return new Block(header, header.encode(), new byte[0], entries);
  }

  static Block signed(Header header, List<byte[]> entries, StoreKey key) {
    byte[] bytes = header.encode();
    return new Block(header, bytes, key.sign(SIGNED, bytes), entries);
  }

  Header header() {
    return header;
  }

  public Hash hash() {
    return hash;
  }

  public long height() {
    return header.height;
  }

  /** Of the replica set that it was written in. */
  public Hash roster() {
    return header.roster;
  }

  /** The hashes of those that it names as before it. */
  public Collection<Hash> parents() {
    return header.parents;
  }

  byte[] headerBytes() {
    return headerBytes.clone();
  }

  byte[] signature() {
    return signature.clone();
  }

  List<byte[]> entries() {
    return entries;
  }

  /** About how long it is, encoded. */
  int bytes() {
    int bytes = headerBytes.length + signature.length + 8;
    for (byte[] entry : entries) {
      bytes += entry.length + 4;
    }
    return bytes;
  }

  /** Whether the log decided it. */
  public boolean isDecided() {
    return header.kind == Kind.DECIDED;
  }

  /** Whether it joins others, and has no writes. */
  public boolean isMerge() {
    return header.kind == Kind.MERGE;
  }

  /** As it is stored and sent. */
  public byte[] encode() {
    Packer out = new Packer().bytes(headerBytes).bytes(signature);
    entries.forEach(out::bytes);
    return out.done();
  }

  /** The inverse of {@link #encode}; fails with {@link Broken}. */
  public static Block decode(byte[] bytes) {
    Unpacker in = new Unpacker(bytes);
    byte[] headerBytes = in.bytes();
    byte[] signature = in.bytes();
    List<byte[]> entries = new ArrayList<>();
    while (!in.isDone()) {
      entries.add(in.bytes());
      if (entries.size() > MOST_ENTRIES) {
        throw Unpacker.malformed("more than " + MOST_ENTRIES + " writes");
      }
    }
    return new Block(Header.decode(headerBytes), headerBytes, signature, entries);
  }

  boolean isSignedWith(byte[] publicKey) {
    return StoreKey.verify(publicKey, SIGNED, headerBytes, signature);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Block block && block.hash.equals(hash);
  }

  @Override
  public int hashCode() {
    return hash.hashCode();
  }

  @Override
  public String toString() {
    return header.kind + " " + header.height + " " + hash.brief();
  }
}
