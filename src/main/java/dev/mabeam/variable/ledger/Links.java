package dev.mabeam.variable.ledger;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeSet;

/**
 * The blocks of a {@link Chain}, each in its place: which of them are heads, which one descends from
 * which, and what they make of the variable. It takes whatever it is given.
 */
final class Links {
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
  record Link(Block block, LedgerState state, Growing before, long set) {}

  /** Where a block with some parents stands. */
  record Place(long height, Growing before, LedgerState state, long set) {}

  private final Map<Hash, Link> links = new HashMap<>();
  private final TreeSet<Hash> heads = new TreeSet<>();

  /** Adds one whose parents are here. */
  void put(Link link) {
    Block block = link.block;
    links.put(block.hash(), link);
    block.parents().forEach(heads::remove);
    heads.add(block.hash());
  }

  int size() {
    return links.size();
  }

  boolean contains(Hash block) {
    return links.containsKey(block);
  }

  /** Null if it is not here. */
  Link get(Hash block) {
    return links.get(block);
  }

  /** The block of {@link #get}. */
  Block block(Hash block) {
    Link link = links.get(block);
    return link == null ? null : link.block;
  }

  /** The blocks that no other one names, sorted. */
  List<Hash> heads() {
    return List.copyOf(heads);
  }

  /** The height of the highest head. */
  long height() {
    return heads.stream().mapToLong(head -> links.get(head).block.height()).max().orElse(0);
  }

  /** All blocks, each after those that it names. */
  List<Block> blocks() {
    return links.values().stream().sorted(ORDER).map(Link::block).toList();
  }

  /** The author's block at that height, if it has one; else its last one. */
  Block highestAt(Hash last, long height) {
    String author = block(last).header().author();
    return links.values().stream()
        .map(Link::block)
        .filter(each -> each.height() == height && each.header().author().equals(author))
        .findFirst()
        .orElse(block(last));
  }

  /** Whether {@code block} is {@code other} or descends from it; both are here. */
  boolean descends(Hash block, Hash other) {
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
  List<Block> difference(Collection<Hash> wanted, Collection<Hash> but) {
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
  List<Block> recent(int bytes) {
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
  List<Hash> landmarks() {
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
    for (Block at = links.get(block).block; at.height() > 0; at = links.get(main(at.parents())).block) {
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

  /** What these make of the variable together. */
  LedgerState joined(Collection<Hash> blocks) {
    LedgerState state = LedgerState.NONE;
    for (Hash block : blocks) {
      state = state.join(links.get(block).state);
    }
    return state;
  }

  Place place(Collection<Hash> parents) {
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
}
