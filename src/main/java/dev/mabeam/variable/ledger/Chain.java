package dev.mabeam.variable.ledger;

import dev.mabeam.time.HybridTime;
import dev.mabeam.variable.version.Dot;
import dev.mabeam.variable.version.Siblings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The history of one variable: blocks, each of which names those that its writer had seen, back to
 * the first one, which follows from the variable's definition.
 *
 * <pre>
 *   first 0 ◄── written 1 ◄── written 2 ◄── merge 3 ◄── written 4        heights
 *                   ▲                         │
 *                   └───────── written 2' ◄───┘                          two had not seen each other
 * </pre>
 *
 * <p><b>What is checked before a block is taken</b>, each rule with a {@link Fault.Reason}: it is of
 * this variable and this life; the blocks before it are here, and none of them descends from
 * another; height, number and Merkle root of what it descends from are what they say; the roster
 * that it names is known, is not of an earlier set than one before it named, and has its author;
 * the author has signed the header; the entries are those of the header's Merkle root, and numbered
 * on from the author's last one; what they make of the value before is what the header says; and
 * everything else that its author ever wrote is before it or after it. A merge block and the first
 * one are not signed: whoever checks makes them again, and compares.
 *
 * <p><b>What the variable is</b>: the join of what the heads make of it, a head being a block that
 * no other one names. A block's entries have seen everything that the block descends from, so two
 * replicas with the same blocks hold the same, whatever the order in which they came.
 *
 * <p><b>Certificates.</b> A store countersigns a block only if that descends from the last one it
 * countersigned ({@link Voter}), so the certified blocks of one set are in one line, unless as many
 * stores have lied as two majorities have in common; then {@link #evidence} is left.
 *
 * <p><em>Not</em> guaranteed: anything about what stores that lie agree on. What the owner of a key
 * signs once, anybody takes; that he signed two things of which one excludes the other is found,
 * and refused, where both come.
 *
 * <p>Kept in memory, all of it. Not safe for use on several threads.
 */
public final class Chain {
  /** Who "wrote" the value that a variable is made with. */
  static final String FIRST_STORE = "first";

  private final Links links = new Links();
  private final Certificates certificates = new Certificates(links);
  private final Rules rules;
  private final Block first;
  private Siblings current;

  private Chain(Block first) {
    this.first = first;
    rules = new Rules(first.header(), links, certificates);
    Entry entry = onlyEntry(first);
    if (entry.value() == null) {
      throw new Broken(Fault.Reason.HISTORY, "a first block without a value").in(first);
    }
    LedgerState state = LedgerState.NONE.with(entry, FIRST_STORE);
    Block again =
        first(first.header().variable(), first.header().life(), entry.value(), state.root());
    if (!Arrays.equals(again.encode(), first.encode())) {
      throw new Broken(
              Fault.Reason.HISTORY, "the first block is not what its value makes it")
          .in(first);
    }
    put(new Links.Link(first, state, Growing.EMPTY, 0));
  }

  /**
   * A new one.
   *
   * @param life tells the variable from earlier ones of the same name
   * @param value what it is made with, in the form of its resolution
   */
  public static Chain of(String variable, long life, Object value) {
    byte[] encoded = LedgerState.encode(value);
    LedgerState state = LedgerState.NONE.with(new Entry(1, HybridTime.ZERO, encoded), FIRST_STORE);
    return new Chain(first(variable, life, encoded, state.root()));
  }

  /** One that begins with that block; fails if none can. */
  static Chain from(Block first) {
    return new Chain(first);
  }

  private static Block first(String variable, long life, byte[] value, Hash state) {
    List<byte[]> entries = List.of(new Entry(1, HybridTime.ZERO, value).encode());
    Block.Header header =
        new Block.Header(
            Block.Kind.FIRST,
            variable,
            life,
            Block.NO_ROSTER,
            0,
            0,
            Growing.EMPTY.root(),
            List.of(),
            1,
            Merkle.root(entries),
            state,
            "",
            HybridTime.ZERO,
            0);
    return Block.unsigned(header, entries);
  }

  private static Entry onlyEntry(Block first) {
    if (first.header().kind() != Block.Kind.FIRST || first.entries().size() != 1) {
      throw new Broken(Fault.Reason.HISTORY, "it does not begin with a first block").in(first);
    }
    return Entry.decode(first.entries().get(0));
  }

  // ---- what is there --------------------------------------------------------------------------

  public String variable() {
    return first.header().variable();
  }

  public long life() {
    return first.header().life();
  }

  public Hash firstBlock() {
    return first.hash();
  }

  public int size() {
    return links.size();
  }

  public boolean contains(Hash block) {
    return links.contains(block);
  }

  /** Null if it is not here. */
  public Block get(Hash block) {
    return links.block(block);
  }

  /** The blocks that no other one names, sorted. */
  public List<Hash> heads() {
    return links.heads();
  }

  /** The height of the highest head. */
  public long height() {
    return links.height();
  }

  /** What the variable is. */
  public Siblings state() {
    if (current == null) {
      current = links.joined(links.heads()).siblings();
    }
    return current;
  }

  /** All blocks, each after those that it names. */
  List<Block> blocks() {
    return links.blocks();
  }

  /** Whether {@code block} is {@code other} or descends from it; both are here. */
  public boolean descends(Hash block, Hash other) {
    return links.descends(block, other);
  }

  /**
   * The blocks of {@code wanted}, with those that they descend from, without those of {@code but}
   * and what these descend from; each after those that it names. What is not here is passed over.
   */
  public List<Block> difference(Collection<Hash> wanted, Collection<Hash> but) {
    return links.difference(wanted, but);
  }

  /** The newest blocks, without the first one, of about so many bytes and at least one; in order. */
  public List<Block> recent(int bytes) {
    return links.recent(bytes);
  }

  /** Some blocks from which another one sees what is here: the heads, and ever fewer further back. */
  public List<Hash> landmarks() {
    return links.landmarks();
  }

  /** What {@code block} descends from, in the order of the tree whose root it names. */
  List<Hash> history(Hash block) {
    return links.history(block);
  }

  /** As a file, which {@link Verifier} checks. */
  public byte[] export() {
    return LedgerFile.encode(this);
  }

  // ---- checking and taking --------------------------------------------------------------------

  /** Blocks and certificates may name it from now on. */
  public void know(Roster roster) {
    rules.know(roster);
  }

  public boolean knows(Hash roster) {
    return roster.equals(Block.NO_ROSTER) || rules.roster(roster) != null;
  }

  List<Roster> rosters() {
    return rules.rosters();
  }

  /**
   * Takes a block if it breaks no rule; else fails with {@link Broken}, and nothing has changed.
   *
   * @return false if it is here
   */
  public boolean add(Block block) {
    if (links.contains(block.hash())) {
      requireSame(block, links.get(block.hash()).block());
      return false;
    }
    try {
      put(rules.checked(block));
      return true;
    } catch (Broken broken) {
      throw broken.in(block);
    }
  }

  /** The hash covers the header; what it does not cover has to be the same as well. */
  private static void requireSame(Block block, Block here) {
    if (!Arrays.equals(block.encode(), here.encode())) {
      throw new Broken(
              Fault.Reason.ENTRIES, "it has the header of another block, and not its content")
          .in(block);
    }
  }

  private void put(Links.Link link) {
    links.put(link);
    current = null;
    rules.taken(link.block());
  }

  // ---- making ---------------------------------------------------------------------------------

  /** Joins the heads if there are several; the block that does it, which everybody makes alike. */
  public Optional<Block> settle() {
    List<Hash> heads = heads();
    if (heads.size() < 2) {
      return Optional.empty();
    }
    List<Hash> parents = heads.stream().limit(Block.MOST_PARENTS).toList();
    Links.Place place = links.place(parents);
    Block merge = rules.merge(parents, place);
    put(new Links.Link(merge, place.state(), place.before(), place.set()));
    return Optional.of(merge);
  }

  /**
   * Adds what the log decided.
   *
   * @param store under which the log numbers
   * @param index greater than that of the last one
   * @param value null if it was deleted
   */
  public Block decide(String store, long index, HybridTime stamp, Object value, boolean deleted) {
    List<Hash> parents = heads();
    Links.Place place = links.place(parents);
    Siblings before = place.state().siblings();
    byte[] encoded = deleted ? null : LedgerState.encode(value);
    Entry entry =
        new Entry(
            store, index, stamp, encoded, List.of(), before.seen().with(new Dot(store, index)));
    LedgerState state = place.state().with(entry, "");
    List<byte[]> entries = List.of(entry.encode());
    Block.Header header =
        new Block.Header(
            Block.Kind.DECIDED,
            variable(),
            life(),
            Block.NO_ROSTER,
            place.height(),
            place.before().size(),
            place.before().root(),
            parents,
            1,
            Merkle.root(entries),
            state.root(),
            "",
            stamp,
            index);
    Block block = Block.unsigned(header, entries);
    put(new Links.Link(block, state, place.before(), place.set()));
    return block;
  }

  /** Begins a block of that store, which has seen all that is here now. */
  public Draft draft(StoreKey key) {
    return new Draft(key, heads());
  }

  /** Writes that are to become one block. */
  public final class Draft {
    private final StoreKey key;
    private final List<Hash> parents;
    private final List<byte[]> entries = new ArrayList<>();
    private LedgerState state;

    private Draft(StoreKey key, List<Hash> parents) {
      this.key = key;
      this.parents = parents;
      this.state = links.joined(parents);
    }

    /** What it makes of the variable so far. */
    public Siblings state() {
      return state.siblings();
    }

    public int size() {
      return entries.size();
    }

    /** One write more, that makes {@code after} of {@link #state}. */
    public void write(Siblings after, HybridTime now) {
      write(after, key.id(), now);
    }

    /** The same, numbered under another id than that of the key. */
    public void write(Siblings after, String store, HybridTime now) {
      Entry entry = Entry.between(state.siblings(), after, store, key.id(), now);
      state = state.with(entry, key.id());
      entries.add(entry.encode());
    }

    /** Signs it and adds it to the chain. */
    public Block seal(Roster roster, HybridTime stamp) {
      Links.Place place = links.place(parents);
      Block.Header header =
          new Block.Header(
              Block.Kind.WRITTEN,
              variable(),
              life(),
              roster.hash(),
              place.height(),
              place.before().size(),
              place.before().root(),
              parents,
              entries.size(),
              Merkle.root(entries),
              state.root(),
              key.id(),
              stamp,
              0);
      Block block = Block.signed(header, entries, key);
      put(new Links.Link(block, state, place.before(), Math.max(place.set(), roster.set())));
      return block;
    }
  }

  // ---- certificates ---------------------------------------------------------------------------

  /**
   * Takes the certificate of a block that is here; fails with {@link Broken} if it is none, or if
   * it is one and contradicts another one.
   *
   * @return false if there was one
   */
  public boolean certify(Certificate certificate) {
    Links.Link link = links.get(certificate.block());
    if (link == null) {
      throw new Broken(
          Fault.Reason.CERTIFICATE,
          "of block " + certificate.block().brief() + ", which is not there");
    }
    Roster roster = rules.roster(certificate.roster());
    try {
      if (roster == null || roster.set() < link.set()) {
        throw new Broken(Fault.Reason.UNKNOWN_KEY, "a certificate of a set that is none for it");
      }
      certificate.require(link.block(), roster);
      return certificates.keep(certificate, link.block(), roster);
    } catch (Broken broken) {
      throw broken.in(link.block());
    }
  }

  /** What shows that stores have signed two things of which they may sign one. */
  public List<Evidence> evidence() {
    return certificates.evidence();
  }

  /** By the height of their blocks. */
  List<Certificate> certificates() {
    return certificates.all();
  }

  /** The certificate of the highest block that has one. */
  public Optional<Certificate> certified() {
    return certificates.certified();
  }

  // ---- checkpoints ----------------------------------------------------------------------------

  /** How far it is at that block. */
  public Checkpoint checkpoint(Hash block) {
    Links.Link link = links.get(block);
    Growing with = link.before().with(Merkle.leaf(block.bytes()));
    return new Checkpoint(
        variable(), life(), link.block().height(), block, with.size(), with.root());
  }

  /** Fails with {@link Broken} if this has not everything that was there when it was made. */
  public void require(Checkpoint kept) {
    if (!contains(kept.block())) {
      throw new Broken(
          Fault.Reason.CHECKPOINT,
          "block " + kept.block().brief() + " at height " + kept.height() + " was there once, and"
              + " is not: what came last was cut off, or it is another history");
    }
    if (!checkpoint(kept.block()).equals(kept)) {
      throw new Broken(Fault.Reason.CHECKPOINT, "it is not as it was at " + kept.block().brief());
    }
  }
}
