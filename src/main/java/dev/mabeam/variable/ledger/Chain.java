package dev.mabeam.variable.ledger;

import dev.mabeam.time.HybridTime;
import dev.mabeam.variable.version.Dot;
import dev.mabeam.variable.version.Siblings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

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
  private static final String FIRST_STORE = "first";

  private static final int MOST_EVIDENCE = 100;
  private static final Comparator<Link> ORDER =
      Comparator.comparingLong((Link link) -> link.block.height())
          .thenComparing(link -> link.block.hash());

  /**
   * A block in its place.
   *
   * @param state what it makes of the variable
   * @param before the tree of the blocks that it descends from
   * @param set the latest that it or one before it names
   */
  private record Link(Block block, LedgerState state, Growing before, long set) {}

  private final Map<Hash, Link> links = new HashMap<>();
  private final Map<Hash, Roster> rosters = new HashMap<>();
  private final Map<String, Hash> lastOf = new HashMap<>();
  /** Which author's the ids are under which writes are numbered. */
  private final Map<String, String> owners = new HashMap<>();
  /** By roster, then by height. */
  private final Map<Hash, TreeMap<Long, Certificate>> certificates = new HashMap<>();
  private final TreeSet<Hash> heads = new TreeSet<>();
  private final List<Evidence> evidence = new ArrayList<>();
  private Siblings current;
  private final Block first;

  private Chain(Block first) {
    this.first = first;
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
    put(new Link(first, state, Growing.EMPTY, 0));
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
    return links.containsKey(block);
  }

  /** Null if it is not here. */
  public Block get(Hash block) {
    Link link = links.get(block);
    return link == null ? null : link.block;
  }

  /** The blocks that no other one names, sorted. */
  public List<Hash> heads() {
    return List.copyOf(heads);
  }

  /** The height of the highest head. */
  public long height() {
    return heads.stream().mapToLong(head -> links.get(head).block.height()).max().orElse(0);
  }

  /** What the variable is. */
  public Siblings state() {
    if (current == null) {
      current = joined(heads).siblings();
    }
    return current;
  }

  /** All blocks, each after those that it names. */
  List<Block> blocks() {
    return links.values().stream().sorted(ORDER).map(Link::block).toList();
  }

  /** Whether {@code block} is {@code other} or descends from it; both are here. */
  public boolean descends(Hash block, Hash other) {
    long height = links.get(other).block.height();
    List<Hash> open = new ArrayList<>(List.of(block));
    Set<Hash> done = new HashSet<>(open);
    while (!open.isEmpty()) {
      Hash at = open.remove(open.size() - 1);
      if (at.equals(other)) {
        return true;
      }
      for (Hash parent : links.get(at).block.parents()) {
        if (links.get(parent).block.height() >= height && done.add(parent)) {
          open.add(parent);
        }
      }
    }
    return false;
  }

  /**
   * The blocks of {@code wanted}, with those that they descend from, without those of {@code but}
   * and what these descend from; each after those that it names. What is not here is passed over.
   */
  public List<Block> difference(Collection<Hash> wanted, Collection<Hash> but) {
    return differing(wanted, but).stream().map(Link::block).toList();
  }

  private List<Link> differing(Collection<Hash> wanted, Collection<Hash> but) {
    PriorityQueue<Link> open = new PriorityQueue<>(ORDER.reversed());
    Set<Hash> known = new HashSet<>();
    Set<Hash> common = new HashSet<>();
    int[] missing = {0};
    for (Hash each : wanted) {
      if (links.containsKey(each) && known.add(each)) {
        open.add(links.get(each));
        missing[0]++;
      }
    }
    for (Hash each : but) {
      if (links.containsKey(each) && common.add(each)) {
        if (known.add(each)) {
          open.add(links.get(each));
        } else {
          missing[0]--;
        }
      }
    }
    List<Link> found = new ArrayList<>();
    // A block is looked at after all that descend from it, for these are higher.
    while (missing[0] > 0) {
      Link link = open.poll();
      boolean shared = common.contains(link.block.hash());
      if (!shared) {
        found.add(link);
        missing[0]--;
      }
      for (Hash parent : link.block.parents()) {
        boolean first = known.add(parent);
        if (first) {
          open.add(links.get(parent));
        }
        if (shared && common.add(parent) && !first) {
          missing[0]--;
        } else if (!shared && first) {
          missing[0]++;
        }
      }
    }
    found.sort(ORDER);
    return found;
  }

  /** The newest blocks, without the first one, of about so many bytes and at least one; in order. */
  public List<Block> recent(int bytes) {
    PriorityQueue<Link> open = new PriorityQueue<>(ORDER.reversed());
    Set<Hash> known = new HashSet<>(heads);
    heads.forEach(head -> open.add(links.get(head)));
    List<Block> recent = new ArrayList<>();
    int left = bytes;
    while (!open.isEmpty() && open.peek().block.height() > 0) {
      Block block = open.poll().block;
      left -= block.bytes();
      if (left < 0 && !recent.isEmpty()) {
        break;
      }
      recent.add(block);
      block.parents().stream().filter(known::add).forEach(each -> open.add(links.get(each)));
    }
    Collections.reverse(recent);
    return recent;
  }

  /** Some blocks from which another one sees what is here: the heads, and ever fewer further back. */
  public List<Hash> landmarks() {
    Set<Hash> landmarks = new TreeSet<>(heads);
    Hash at = main(heads);
    long step = 1;
    long next = links.get(at).block.height() - step;
    while (links.get(at).block.height() > 0) {
      at = main(links.get(at).block.parents());
      if (links.get(at).block.height() <= next) {
        landmarks.add(at);
        step *= 2;
        next = links.get(at).block.height() - step;
      }
    }
    return List.copyOf(landmarks);
  }

  /**
   * What {@code block} descends from, in the order of the tree whose root it names: what the highest
   * of its parents descends from, that parent, then what the others add by height and hash.
   */
  List<Hash> history(Hash block) {
    List<Block> path = new ArrayList<>();
    for (Block at = get(block); at.height() > 0; at = get(main(at.parents()))) {
      path.add(at);
    }
    Collections.reverse(path);
    List<Hash> history = new ArrayList<>();
    for (Block at : path) {
      added(at.parents()).forEach(link -> history.add(link.block.hash()));
    }
    return history;
  }

  /** The parent whose tree goes on. */
  private Hash main(Collection<Hash> parents) {
    return parents.stream()
        .map(links::get)
        .min(
            Comparator.comparingLong((Link link) -> -link.block.height())
                .thenComparing(link -> link.block.hash()))
        .orElseThrow()
        .block
        .hash();
  }

  /** What a block with these parents adds to the tree of the main one. */
  private List<Link> added(Collection<Hash> parents) {
    Hash main = main(parents);
    List<Link> added = new ArrayList<>(List.of(links.get(main)));
    if (parents.size() > 1) {
      added.addAll(differing(parents, List.of(main)));
    }
    return added;
  }

  private LedgerState joined(Collection<Hash> blocks) {
    LedgerState state = LedgerState.NONE;
    for (Hash block : blocks) {
      state = state.join(links.get(block).state);
    }
    return state;
  }

  /** As a file, which {@link Verifier} checks. */
  public byte[] export() {
    return LedgerFile.encode(this);
  }

  // ---- checking and taking --------------------------------------------------------------------

  /** Blocks and certificates may name it from now on. */
  public void know(Roster roster) {
    rosters.put(roster.hash(), roster);
  }

  public boolean knows(Hash roster) {
    return roster.equals(Block.NO_ROSTER) || rosters.containsKey(roster);
  }

  List<Roster> rosters() {
    return rosters.values().stream()
        .sorted(Comparator.comparingLong(Roster::set).thenComparing(Roster::hash))
        .toList();
  }

  /**
   * Takes a block if it breaks no rule; else fails with {@link Broken}, and nothing has changed.
   *
   * @return false if it is here
   */
  public boolean add(Block block) {
    if (links.containsKey(block.hash())) {
      requireSame(block, links.get(block.hash()).block);
      return false;
    }
    try {
      put(checked(block));
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

  private void put(Link link) {
    Block block = link.block;
    links.put(block.hash(), link);
    current = null;
    block.parents().forEach(heads::remove);
    heads.add(block.hash());
    if (block.header().kind() == Block.Kind.WRITTEN) {
      String author = block.header().author();
      lastOf.put(author, block.hash());
      block.entries().forEach(each -> owners.put(Entry.decode(each).storeIn(author), author));
    }
  }

  private Link checked(Block block) {
    Block.Header header = block.header();
    if (!header.variable().equals(variable()) || header.life() != life()) {
      throw new Broken(
          Fault.Reason.FOREIGN,
          "it is of '" + header.variable() + "', life " + header.life() + ", and this is '"
              + variable() + "', life " + life());
    }
    requireParents(block);
    Place place = place(header.parents());
    if (header.height() != place.height) {
      throw new Broken(
          Fault.Reason.HEIGHT, "says " + header.height() + " and is " + place.height);
    }
    if (header.size() != place.before.size() || !header.history().equals(place.before.root())) {
      throw new Broken(
          Fault.Reason.HISTORY,
          "the " + place.before.size() + " blocks that it descends from are not those it names");
    }
    Link link =
        switch (header.kind()) {
          case WRITTEN -> written(block, place);
          case MERGE -> merged(block, place);
          case DECIDED -> decided(block, place);
          case FIRST -> throw new Broken(Fault.Reason.ORDER, "a first block that is not first");
        };
    if (!header.state().equals(link.state.root())) {
      throw new Broken(
          Fault.Reason.STATE, "its writes do not make of the value what it says they make");
    }
    return link;
  }

  private void requireParents(Block block) {
    if (block.parents().isEmpty()) {
      throw new Broken(Fault.Reason.MISSING_PARENT, "it names no block before it");
    }
    for (Hash parent : block.parents()) {
      if (!links.containsKey(parent)) {
        throw new Broken(
            Fault.Reason.MISSING_PARENT, "block " + parent.brief() + " before it is not there");
      }
    }
    for (Hash one : block.parents()) {
      for (Hash other : block.parents()) {
        if (!one.equals(other) && descends(one, other)) {
          throw new Broken(
              Fault.Reason.ORDER,
              "it names " + other.brief() + ", which " + one.brief() + " descends from");
        }
      }
    }
  }

  /** Where a block with some parents stands. */
  private record Place(long height, Growing before, LedgerState state, long set) {}

  private Place place(Collection<Hash> parents) {
    Growing before = links.get(main(parents)).before;
    for (Link link : added(parents)) {
      before = before.with(Merkle.leaf(link.block.hash().bytes()));
    }
    long height = 0;
    long set = 0;
    for (Hash parent : parents) {
      height = Math.max(height, links.get(parent).block.height());
      set = Math.max(set, links.get(parent).set);
    }
    return new Place(height + 1, before, joined(parents), set);
  }

  private Link merged(Block block, Place place) {
    if (block.parents().size() < 2 || !block.equals(merge(block.header().parents(), place))) {
      throw new Broken(
          Fault.Reason.HISTORY, "a merge block that is not what the blocks before it make it");
    }
    if (block.signature().length > 0 || !block.entries().isEmpty()) {
      throw new Broken(Fault.Reason.ENTRIES, "a merge block with writes or a signature");
    }
    return new Link(block, place.state, place.before, place.set);
  }

  /** What the log decided has one order, and needs no author. */
  private Link decided(Block block, Place place) {
    Block.Header header = block.header();
    if (header.parents().size() != 1 || !heads.equals(Set.copyOf(header.parents()))) {
      throw new Broken(Fault.Reason.ORDER, "what was decided does not come after the last one");
    }
    Block.Header last = links.get(header.parents().get(0)).block.header();
    if (last.kind() != Block.Kind.FIRST && last.kind() != Block.Kind.DECIDED) {
      throw new Broken(Fault.Reason.ORDER, "what was decided comes after what was not");
    }
    if (header.index() <= last.index()) {
      throw new Broken(
          Fault.Reason.SEQUENCE, "index " + header.index() + " comes after " + last.index());
    }
    if (block.signature().length > 0
        || !header.author().isEmpty()
        || !header.roster().equals(Block.NO_ROSTER)) {
      throw new Broken(Fault.Reason.ENTRIES, "a decision with an author");
    }
    requireEntries(block);
    return new Link(block, applied(block, place.state), place.before, place.set);
  }

  private Link written(Block block, Place place) {
    Block.Header header = block.header();
    boolean decided = heads.stream().anyMatch(head -> links.get(head).block.isDecided());
    if (decided) {
      throw new Broken(Fault.Reason.ORDER, "a write where what comes is decided");
    }
    if (header.index() != 0) {
      throw new Broken(Fault.Reason.ENTRIES, "a write with an index of the log");
    }
    Roster roster = rosters.get(header.roster());
    if (roster == null) {
      throw new Broken(Fault.Reason.UNKNOWN_KEY, "nobody knows the replica set that it names");
    }
    if (roster.set() < place.set) {
      throw new Broken(
          Fault.Reason.UNKNOWN_KEY,
          "it names set " + roster.set() + ", and one before it set " + place.set);
    }
    byte[] key = roster.key(header.author());
    if (key == null) {
      throw new Broken(
          Fault.Reason.UNKNOWN_KEY,
          "its author " + header.author() + " is not of set " + roster.set());
    }
    if (!block.isSignedWith(key)) {
      throw new Broken(Fault.Reason.SIGNATURE, "its author " + header.author() + " has not signed");
    }
    requireEntries(block);
    requireOneLine(block, key);
    return new Link(block, applied(block, place.state), place.before, roster.set());
  }

  private static void requireEntries(Block block) {
    Block.Header header = block.header();
    List<byte[]> entries = block.entries();
    if (entries.isEmpty()
        || header.count() != entries.size()
        || !header.entries().equals(Merkle.root(entries))) {
      throw new Broken(Fault.Reason.ENTRIES, "its writes are not those that were signed");
    }
  }

  /** What one store writes is in one line, since it writes on what it has. */
  private void requireOneLine(Block block, byte[] key) {
    Hash last = lastOf.get(block.header().author());
    if (last != null && block.parents().stream().noneMatch(parent -> descends(parent, last))) {
      Evidence.ofAuthor(highestAt(last, block.height()), block, key).ifPresent(this::keep);
      throw new Broken(
          Fault.Reason.EQUIVOCATION,
          "its author " + block.header().author() + " wrote " + last.brief() + " as well,"
              + " and neither descends from the other");
    }
  }

  /** The author's block at that height, if it has one; else its last one. */
  private Block highestAt(Hash last, long height) {
    String author = get(last).header().author();
    return links.values().stream()
        .map(Link::block)
        .filter(each -> each.height() == height && each.header().author().equals(author))
        .findFirst()
        .orElse(get(last));
  }

  /** Whoever numbers under another id than his key's has that to himself. */
  private void requireOwn(Entry entry, String author) {
    String store = entry.storeIn(author);
    String owner = owners.getOrDefault(store, author);
    if (!owner.equals(author) || entry.store() != null && store.equals(FIRST_STORE)) {
      throw new Broken(
          Fault.Reason.UNKNOWN_KEY, "a write under " + store + ", which is store " + owner);
    }
  }

  private LedgerState applied(Block block, LedgerState before) {
    LedgerState state = before;
    for (byte[] each : block.entries()) {
      Entry entry = Entry.decode(each);
      requireOwn(entry, block.header().author());
      state = state.with(entry, block.header().author());
    }
    return state;
  }

  // ---- making ---------------------------------------------------------------------------------

  /** Joins the heads if there are several; the block that does it, which everybody makes alike. */
  public Optional<Block> settle() {
    if (heads.size() < 2) {
      return Optional.empty();
    }
    List<Hash> parents = heads.stream().limit(Block.MOST_PARENTS).toList();
    Place place = place(parents);
    Block merge = merge(parents, place);
    put(new Link(merge, place.state, place.before, place.set));
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
    Place place = place(parents);
    Siblings before = place.state.siblings();
    byte[] encoded = deleted ? null : LedgerState.encode(value);
    Entry entry =
        new Entry(
            store, index, stamp, encoded, List.of(), before.seen().with(new Dot(store, index)));
    LedgerState state = place.state.with(entry, "");
    List<byte[]> entries = List.of(entry.encode());
    Block.Header header =
        new Block.Header(
            Block.Kind.DECIDED,
            variable(),
            life(),
            Block.NO_ROSTER,
            place.height,
            place.before.size(),
            place.before.root(),
            parents,
            1,
            Merkle.root(entries),
            state.root(),
            "",
            stamp,
            index);
    Block block = Block.unsigned(header, entries);
    put(new Link(block, state, place.before, place.set));
    return block;
  }

  private Block merge(List<Hash> parents, Place place) {
    Block.Header header =
        new Block.Header(
            Block.Kind.MERGE,
            variable(),
            life(),
            Block.NO_ROSTER,
            place.height,
            place.before.size(),
            place.before.root(),
            parents,
            0,
            Merkle.root(List.of()),
            place.state.root(),
            "",
            HybridTime.ZERO,
            0);
    return Block.unsigned(header, List.of());
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
      this.state = joined(parents);
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
      Place place = place(parents);
      Block.Header header =
          new Block.Header(
              Block.Kind.WRITTEN,
              variable(),
              life(),
              roster.hash(),
              place.height,
              place.before.size(),
              place.before.root(),
              parents,
              entries.size(),
              Merkle.root(entries),
              state.root(),
              key.id(),
              stamp,
              0);
      Block block = Block.signed(header, entries, key);
      put(new Link(block, state, place.before, Math.max(place.set, roster.set())));
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
    Link link = links.get(certificate.block());
    if (link == null) {
      throw new Broken(
          Fault.Reason.CERTIFICATE,
          "of block " + certificate.block().brief() + ", which is not there");
    }
    Roster roster = rosters.get(certificate.roster());
    try {
      if (roster == null || roster.set() < link.set) {
        throw new Broken(Fault.Reason.UNKNOWN_KEY, "a certificate of a set that is none for it");
      }
      certificate.require(link.block, roster);
      return keep(certificate, link.block, roster);
    } catch (Broken broken) {
      throw broken.in(link.block);
    }
  }

  private boolean keep(Certificate certificate, Block block, Roster roster) {
    TreeMap<Long, Certificate> others =
        certificates.computeIfAbsent(roster.hash(), each -> new TreeMap<>());
    Map.Entry<Long, Certificate> below = others.floorEntry(block.height());
    Map.Entry<Long, Certificate> above = others.higherEntry(block.height());
    if (below != null && !descends(block.hash(), below.getValue().block())) {
      throw contradiction(certificate, below.getValue(), roster);
    }
    if (above != null && !descends(above.getValue().block(), block.hash())) {
      throw contradiction(certificate, above.getValue(), roster);
    }
    return others.putIfAbsent(block.height(), certificate) == null;
  }

  private Broken contradiction(Certificate one, Certificate other, Roster roster) {
    Map<String, byte[]> votes = new TreeMap<>();
    other.votes().forEach(vote -> votes.put(vote.getKey(), vote.getValue()));
    votes.keySet().retainAll(one.stores());
    for (Map.Entry<String, byte[]> vote : one.votes()) {
      byte[] also = votes.get(vote.getKey());
      if (also != null) {
        Evidence.ofVotes(
                vote.getKey(),
                roster.key(vote.getKey()),
                statement(one, vote.getValue()),
                statement(other, also))
            .ifPresent(this::keep);
      }
    }
    return new Broken(
        Fault.Reason.EQUIVOCATION,
        "it is certified, and so is " + other.block().brief() + ", which is not in one line with"
            + " it; both were signed by " + votes.keySet());
  }

  private Evidence.Statement statement(Certificate certificate, byte[] signature) {
    byte[] message = Certificate.message(get(certificate.block()), certificate.roster());
    return new Evidence.Statement(message, signature);
  }

  private void keep(Evidence found) {
    if (evidence.size() < MOST_EVIDENCE) {
      evidence.add(found);
    }
  }

  /** What shows that stores have signed two things of which they may sign one. */
  public List<Evidence> evidence() {
    return List.copyOf(evidence);
  }

  /** By the height of their blocks. */
  List<Certificate> certificates() {
    return certificates.values().stream()
        .flatMap(each -> each.values().stream())
        .sorted(
            Comparator.comparingLong((Certificate each) -> get(each.block()).height())
                .thenComparing(Certificate::block)
                .thenComparing(Certificate::roster))
        .toList();
  }

  /** The certificate of the highest block that has one. */
  public Optional<Certificate> certified() {
    return certificates.values().stream()
        .filter(each -> !each.isEmpty())
        .map(each -> each.lastEntry().getValue())
        .max(
            Comparator.comparingLong((Certificate each) -> get(each.block()).height())
                .thenComparing(Certificate::block));
  }

  // ---- checkpoints ----------------------------------------------------------------------------

  /** How far it is at that block. */
  public Checkpoint checkpoint(Hash block) {
    Link link = links.get(block);
    Growing with = link.before.with(Merkle.leaf(block.bytes()));
    return new Checkpoint(
        variable(), life(), link.block.height(), block, with.size(), with.root());
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
