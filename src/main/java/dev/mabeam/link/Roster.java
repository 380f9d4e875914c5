package dev.mabeam.link;

import dev.mabeam.time.Scheduler;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Which members a node knows, one a name, and which have left. What it tells another node and what
 * it takes from one are here too; {@link Mesh} keeps the connections.
 */
final class Roster {
  private final Member self;
  private final Scheduler scheduler;
  private final Consumer<Member> onReplaced;
  private final Map<String, Peer> peers = new TreeMap<>();
  private final Set<String> left = new HashSet<>();
  private long highestIncarnation;

  /**
   * @param onReplaced hears of a newer member with this node's own name
   */
  Roster(Member self, Scheduler scheduler, Consumer<Member> onReplaced) {
    this.self = self;
    this.scheduler = scheduler;
    this.onReplaced = onReplaced;
    this.highestIncarnation = self.incarnation();
  }

  /** A copy, by name. */
  List<Peer> peers() {
    return List.copyOf(peers.values());
  }

  /** Null if nobody of that name is known. */
  Peer peer(String name) {
    return peers.get(name);
  }

  /** Whether {@code peer} is still the one that is known by its name. */
  boolean has(Peer peer) {
    return peers.get(peer.member.name()) == peer;
  }

  void remove(Peer peer) {
    peers.remove(peer.member.name(), peer);
  }

  /** It said goodbye, and is not taken up again. */
  void removeForGood(Peer peer) {
    left.add(peer.member.id());
    remove(peer);
  }

  boolean hasLeft(Member member) {
    return left.contains(member.id());
  }

  /** Those of whom something is known, oldest first. */
  Collection<PeerState> states() {
    long now = scheduler.nanos();
    return peers.values().stream()
        .filter(peer -> peer.reachability != null)
        .sorted((a, b) -> a.member.compareTo(b.member))
        .map(peer -> peer.state(now))
        .toList();
  }

  /** How long nothing was heard of {@code member}; forever, if it is not known. */
  Duration silence(Member member) {
    Peer peer = peers.get(member.name());
    return peer == null || !peer.member.equals(member)
        ? ChronoUnit.FOREVER.getDuration()
        : Duration.ofNanos(peer.detector.silentNanos(scheduler.nanos()));
  }

  Optional<Member> member(String name) {
    return Optional.ofNullable(peers.get(name)).map(peer -> peer.member);
  }

  /** The oldest of those that are connected, this node included. */
  Member oldest() {
    Member oldest = self;
    for (Peer peer : peers.values()) {
      if (peer.connected() && peer.member.olderThan(oldest)) {
        oldest = peer.member;
      }
    }
    return oldest;
  }

  /** The members as others should know them, oldest first: without those known to be gone. */
  List<Member> members() {
    List<Member> members = new ArrayList<>(List.of(self));
    peers.values().stream()
        .filter(peer -> peer.reachability != Reachability.REFUSED && !peer.leaving)
        .forEach(peer -> members.add(peer.member));
    members.sort(null);
    return members;
  }

  /** A number that no member has of whom this node ever heard. */
  long nextIncarnation() {
    return ++highestIncarnation;
  }

  /** Whether {@code member} is news: it has not left, and nobody newer has its name. */
  boolean wants(Member member) {
    highestIncarnation = Math.max(highestIncarnation, member.incarnation());
    if (member.name().equals(self.name())) {
      if (self.olderThan(member) && !member.bootId().equals(self.bootId())) {
        onReplaced.accept(member);
      }
      return false;
    }
    Peer known = peers.get(member.name());
    return !left.contains(member.id()) && (known == null || succeeds(known, member));
  }

  /**
   * A higher incarnation does; and where two registrars, unknown to each other, gave the same one to
   * two lives of a node, the one that is not known to be gone.
   */
  private static boolean succeeds(Peer known, Member member) {
    boolean twin =
        known.member.id().equals(member.id())
            && !known.member.bootId().equals(member.bootId())
            && known.reachability == Reachability.REFUSED;
    return twin || known.member.olderThan(member);
  }

  /** Takes up a member that {@link #wants} let pass; the one it replaces has to be removed before. */
  Peer add(Member member) {
    Peer peer = new Peer(member, scheduler.nanos());
    peers.put(member.name(), peer);
    return peer;
  }

  /** What another node should know. */
  Frame tell() {
    return Frame.of(
        Frame.MEMBERS,
        new JsonObject()
            .put("members", new JsonArray(members().stream().map(Member::toJson).toList()))
            .put("left", new JsonArray(List.copyOf(left)))
            .put("highest", highestIncarnation));
  }

  /** What another node told; the members in it may or may not be news. */
  List<Member> hear(Frame frame) {
    JsonObject json = frame.json();
    json.getJsonArray("left", new JsonArray()).forEach(id -> left.add((String) id));
    highestIncarnation = Math.max(highestIncarnation, json.getLong("highest", 0L));
    return json.getJsonArray("members", new JsonArray()).stream()
        .map(member -> Member.fromJson((JsonObject) member))
        .toList();
  }
}
