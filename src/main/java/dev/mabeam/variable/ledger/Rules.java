package dev.mabeam.variable.ledger;

import dev.mabeam.time.HybridTime;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is checked before a {@link Chain} takes a block; which rules there are, it says. Each of them
 * breaks with a {@link Fault.Reason}.
 */
final class Rules {
  private final String variable;
  private final long life;
  private final Links links;
  private final Certificates certificates;
  private final Map<Hash, Roster> rosters = new HashMap<>();
  private final Map<String, Hash> lastOf = new HashMap<>();
  /** Which author's the ids are under which writes are numbered. */
  private final Map<String, String> owners = new HashMap<>();

  Rules(Block.Header first, Links links, Certificates certificates) {
    variable = first.variable();
    life = first.life();
    this.links = links;
    this.certificates = certificates;
  }

  /** Blocks may name it from now on. */
  void know(Roster roster) {
    rosters.put(roster.hash(), roster);
  }

  /** Null if nobody knows it. */
  Roster roster(Hash roster) {
    return rosters.get(roster);
  }

  List<Roster> rosters() {
    return rosters.values().stream()
        .sorted(Comparator.comparingLong(Roster::set).thenComparing(Roster::hash))
        .toList();
  }

  /** The block is in the chain: what its author writes next comes after it. */
  void taken(Block block) {
    if (block.header().kind() == Block.Kind.WRITTEN) {
      String author = block.header().author();
      lastOf.put(author, block.hash());
      block.entries().forEach(each -> owners.put(Entry.decode(each).storeIn(author), author));
    }
  }

  /** A block in its place; fails with {@link Broken} if it breaks a rule. */
  Links.Link checked(Block block) {
    Block.Header header = block.header();
    if (!header.variable().equals(variable) || header.life() != life) {
      throw new Broken(
          Fault.Reason.FOREIGN,
          "it is of '" + header.variable() + "', life " + header.life() + ", and this is '"
              + variable + "', life " + life);
    }
    requireParents(block);
    Links.Place place = links.place(header.parents());
    if (header.height() != place.height()) {
      throw new Broken(
          Fault.Reason.HEIGHT, "says " + header.height() + " and is " + place.height());
    }
    if (header.size() != place.before().size() || !header.history().equals(place.before().root())) {
      throw new Broken(
          Fault.Reason.HISTORY,
          "the " + place.before().size() + " blocks that it descends from are not those it names");
    }
    Links.Link link =
        switch (header.kind()) {
          case WRITTEN -> written(block, place);
          case MERGE -> merged(block, place);
          case DECIDED -> decided(block, place);
          case FIRST -> throw new Broken(Fault.Reason.ORDER, "a first block that is not first");
        };
    if (!header.state().equals(link.state().root())) {
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
      if (!links.contains(parent)) {
        throw new Broken(
            Fault.Reason.MISSING_PARENT, "block " + parent.brief() + " before it is not there");
      }
    }
    for (Hash one : block.parents()) {
      for (Hash other : block.parents()) {
        if (!one.equals(other) && links.descends(one, other)) {
          throw new Broken(
              Fault.Reason.ORDER,
              "it names " + other.brief() + ", which " + one.brief() + " descends from");
        }
      }
    }
  }

  private Links.Link merged(Block block, Links.Place place) {
    if (block.parents().size() < 2 || !block.equals(merge(block.header().parents(), place))) {
      throw new Broken(
          Fault.Reason.HISTORY, "a merge block that is not what the blocks before it make it");
    }
    if (block.signature().length > 0 || !block.entries().isEmpty()) {
      throw new Broken(Fault.Reason.ENTRIES, "a merge block with writes or a signature");
    }
    return new Links.Link(block, place.state(), place.before(), place.set());
  }

  /** What the log decided has one order, and needs no author. */
  private Links.Link decided(Block block, Links.Place place) {
    Block.Header header = block.header();
    if (header.parents().size() != 1 || !links.heads().equals(header.parents())) {
      throw new Broken(Fault.Reason.ORDER, "what was decided does not come after the last one");
    }
    Block.Header last = links.get(header.parents().get(0)).block().header();
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
    return new Links.Link(block, applied(block, place.state()), place.before(), place.set());
  }

  private Links.Link written(Block block, Links.Place place) {
    Block.Header header = block.header();
    boolean decided = links.heads().stream().anyMatch(head -> links.get(head).block().isDecided());
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
    if (roster.set() < place.set()) {
      throw new Broken(
          Fault.Reason.UNKNOWN_KEY,
          "it names set " + roster.set() + ", and one before it set " + place.set());
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
    return new Links.Link(block, applied(block, place.state()), place.before(), roster.set());
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
    if (last != null && block.parents().stream().noneMatch(parent -> links.descends(parent, last))) {
      Evidence.ofAuthor(links.highestAt(last, block.height()), block, key)
          .ifPresent(certificates::keep);
      throw new Broken(
          Fault.Reason.EQUIVOCATION,
          "its author " + block.header().author() + " wrote " + last.brief() + " as well,"
              + " and neither descends from the other");
    }
  }

  /** Whoever numbers under another id than his key's has that to himself. */
  private void requireOwn(Entry entry, String author) {
    String store = entry.storeIn(author);
    String owner = owners.getOrDefault(store, author);
    if (!owner.equals(author) || entry.store() != null && store.equals(Chain.FIRST_STORE)) {
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

  /** The block that joins these, which everybody makes alike. */
  Block merge(List<Hash> parents, Links.Place place) {
    Block.Header header =
        new Block.Header(
            Block.Kind.MERGE,
            variable,
            life,
            Block.NO_ROSTER,
            place.height(),
            place.before().size(),
            place.before().root(),
            parents,
            0,
            Merkle.root(List.of()),
            place.state().root(),
            "",
            HybridTime.ZERO,
            0);
    return Block.unsigned(header, List.of());
  }
}
