package dev.mabeam.membership;

import dev.mabeam.grid.GridView;
import dev.mabeam.link.Member;
import dev.mabeam.link.PeerState;
import dev.mabeam.link.Reachability;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Everything this node knows about nodes, folded into one list.
 *
 * <p>What comes in: <em>reports</em> (a node's own entry, by cache or by gossip; the higher beat
 * wins), the view, the link's word on each peer, and the neighbours' evidence. What comes out:
 * {@link #fold}, one {@link NodeInfo} a node, with the status that {@link VerdictRules} gives it.
 *
 * <p>A node that has gone for good (left, failed for {@link VerdictRules#FORGET}, or replaced by a
 * higher incarnation of its name) leaves a tombstone with its last beat, so that a late report does
 * not bring it back; a report with a higher beat does, for then it lives. Nothing here reads a
 * clock.
 */
final class NodeTable {
  private static final int MAX_TOMBSTONES = 1_000;
  private static final double MAX_PHI = 1_000;

  /** Why a row went. */
  enum Departure {
    LEFT,
    FORGOTTEN,
    REPLACED
  }

  /** A row that went, as it was last. */
  record Departed(NodeInfo last, Departure why) {}

  /** The list, sorted by name, and the rows that went with this fold. */
  record Folded(List<NodeInfo> nodes, List<Departed> departed) {}

  private static final class Row {
    private NodeInfo declared;
    private NodeStatus status;
    private boolean wasInView;
    private boolean leaving;
    private Evidence evidence = Evidence.NONE;
    private long lostSince = NEVER;
    private long failedSince = NEVER;
  }

  private static final long NEVER = Long.MIN_VALUE;

  private final String selfId;
  private final Function<VerdictRules.Sight, NodeStatus> rules;
  private final Map<String, Row> rows = new HashMap<>();
  private final Map<String, Long> tombstones =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
          return size() > MAX_TOMBSTONES;
        }
      };
  private Map<String, PeerState> peers = Map.of();
  private Set<String> inView = Set.of();

  NodeTable(NodeInfo self) {
    this(self, VerdictRules::judge);
  }

  /** With other rules: for tests that show that wrong ones are caught. */
  NodeTable(NodeInfo self, Function<VerdictRules.Sight, NodeStatus> rules) {
    this.selfId = self.id();
    this.rules = rules;
    own(self);
  }

  /** Takes this node's own entry; nobody else's word on it counts. */
  void own(NodeInfo self) {
    rows.computeIfAbsent(selfId, id -> new Row()).declared = self;
  }

  /** Takes what is said of another node; false if it is old news, or of a node that has gone. */
  boolean report(NodeInfo info) {
    if (info.id().equals(selfId)
        || info.beat() <= tombstones.getOrDefault(info.id(), Long.MIN_VALUE)
        || newest(info.name()).filter(newest -> newest > info.incarnation()).isPresent()) {
      return false;
    }
    Row row = rows.computeIfAbsent(info.id(), id -> new Row());
    if (row.declared != null && !isNewer(info, row.declared)) {
      return false;
    }
    row.declared = info;
    tombstones.remove(info.id());
    return true;
  }

  /** A proof that a node ended is newer than what that node said in the same beat. */
  static boolean isNewer(NodeInfo info, NodeInfo than) {
    return info.beat() > than.beat()
        || info.beat() == than.beat()
            && info.status() == NodeStatus.FAILED
            && than.status() != NodeStatus.FAILED;
  }

  void view(GridView view) {
    inView = Set.copyOf(view.members());
  }

  void link(Collection<PeerState> states) {
    peers = states.stream().collect(Collectors.toMap(s -> s.member().id(), s -> s, (a, b) -> b));
  }

  /** Notes that a node said goodbye: the link forgets such a peer at once. */
  void goodbye(String id) {
    Row row = rows.get(id);
    if (row != null) {
      row.leaving = true;
    }
  }

  void evidence(String id, Evidence evidence) {
    Row row = rows.get(id);
    if (row != null) {
      row.evidence = evidence;
    }
  }

  /** Drops a node that others have seen go, unless it is heard here. */
  void forget(String id, long beat) {
    Row row = rows.get(id);
    if (row != null && !id.equals(selfId) && row.declared.beat() <= beat && isLost(row)) {
      bury(row.declared);
    }
  }

  /** The tombstones among {@code ids}, with the beat at which each node went. */
  Map<String, Long> tombstones(Collection<String> ids) {
    Map<String, Long> known = new TreeMap<>();
    ids.stream().filter(tombstones::containsKey).forEach(id -> known.put(id, tombstones.get(id)));
    return known;
  }

  /** Whether the node went for good, as far as is known here. */
  boolean hasGone(String id) {
    return tombstones.containsKey(id);
  }

  /** What each node says of itself, or is proven of it: what is passed on. */
  List<NodeInfo> declared() {
    return rows.values().stream().map(row -> row.declared).sorted(BY_NAME).toList();
  }

  Optional<NodeInfo> declared(String id) {
    return Optional.ofNullable(rows.get(id)).map(row -> row.declared);
  }

  /** The ids of the nodes in the view, sorted; a name whose node is not known yet is left out. */
  List<String> idsInView() {
    return rows.values().stream()
        .map(row -> row.declared)
        .filter(node -> inView.contains(node.name()))
        .filter(node -> newest(node.name()).orElseThrow() == node.incarnation())
        .sorted(BY_NAME)
        .map(NodeInfo::id)
        .toList();
  }

  /** Judges every row anew. */
  Folded fold(long nanos) {
    List<Departed> departed = new ArrayList<>();
    for (Row row : List.copyOf(rows.values())) {
      Optional<Departure> departure = judge(row, nanos);
      if (departure.isPresent()) {
        departed.add(new Departed(shown(row), departure.get()));
        bury(row.declared);
      }
    }
    departed.sort(Comparator.comparing(Departed::last, BY_NAME));
    return new Folded(rows.values().stream().map(this::shown).sorted(BY_NAME).toList(), departed);
  }

  private Optional<Departure> judge(Row row, long nanos) {
    if (row.declared.id().equals(selfId)) {
      row.status = row.declared.status();
      return Optional.empty();
    }
    boolean replaced = newest(row.declared.name()).orElseThrow() > row.declared.incarnation();
    PeerState peer = peers.get(row.declared.id());
    row.wasInView |= isInView(row);
    row.leaving |= row.declared.status() == NodeStatus.LEAVING || peer != null && peer.leaving();
    row.lostSince = isLost(row) ? earlier(row.lostSince, nanos) : NEVER;
    if (peer != null && peer.reachability() == Reachability.CONNECTED) {
      row.evidence = Evidence.NONE;
    }
    VerdictRules.Sight sight = sight(row, peer, nanos);
    row.status = rules.apply(sight);
    boolean failed = row.status == NodeStatus.FAILED;
    row.failedSince = failed ? earlier(row.failedSince, nanos) : NEVER;
    if (failed && row.declared.status() != NodeStatus.FAILED) {
      row.declared = row.declared.withStatus(NodeStatus.FAILED);
    }
    if (VerdictRules.left(sight)) {
      return Optional.of(Departure.LEFT);
    } else if (replaced) {
      return Optional.of(Departure.REPLACED);
    }
    return failed && since(row.failedSince, nanos).compareTo(VerdictRules.FORGET) >= 0
        ? Optional.of(Departure.FORGOTTEN)
        : Optional.empty();
  }

  private VerdictRules.Sight sight(Row row, PeerState peer, long nanos) {
    return new VerdictRules.Sight(
        row.declared.status(),
        isInView(row),
        row.wasInView,
        peer == null ? null : peer.reachability(),
        row.leaving,
        row.evidence,
        since(row.lostSince, nanos));
  }

  private NodeInfo shown(Row row) {
    NodeInfo node = row.declared;
    PeerState peer = peers.get(node.id());
    if (peer == null) {
      return node.withStatus(row.status);
    }
    double phi = Double.isNaN(peer.phi()) ? 0 : Math.min(peer.phi(), MAX_PHI);
    long heard = Math.max(node.lastHeartbeat(), peer.lastHeardWallMillis());
    return node.observed(row.status, heard, phi, Math.max(0, peer.rttMicros()));
  }

  private void bury(NodeInfo node) {
    rows.remove(node.id());
    tombstones.remove(node.id());
    tombstones.put(node.id(), node.beat());
  }

  private boolean isInView(Row row) {
    return inView.contains(row.declared.name())
        && newest(row.declared.name()).orElseThrow() == row.declared.incarnation();
  }

  private boolean isLost(Row row) {
    PeerState peer = peers.get(row.declared.id());
    return !isInView(row) && (peer == null || peer.reachability() != Reachability.CONNECTED);
  }

  /** The highest incarnation of {@code name} that a report or the link knows of. */
  private Optional<Long> newest(String name) {
    Stream<Long> linked =
        peers.values().stream()
            .map(PeerState::member)
            .filter(member -> member.name().equals(name))
            .map(Member::incarnation);
    Stream<Long> reported =
        rows.values().stream()
            .map(row -> row.declared)
            .filter(node -> node.name().equals(name))
            .map(NodeInfo::incarnation);
    return Stream.concat(linked, reported).max(Comparator.naturalOrder());
  }

  private static long earlier(long since, long nanos) {
    return since == NEVER ? nanos : since;
  }

  private static Duration since(long since, long nanos) {
    return since == NEVER ? Duration.ZERO : Duration.ofNanos(nanos - since);
  }

  static final Comparator<NodeInfo> BY_NAME =
      Comparator.comparing(NodeInfo::name).thenComparingLong(NodeInfo::incarnation);
}
