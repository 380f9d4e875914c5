package dev.mabeam.link;

import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * One lasting connection to every other member: the newer of the two dials, and dials again when it
 * breaks; the older one probes meanwhile, to tell a process that is gone from one that is silent.
 *
 * <pre>
 *            hello                 phi over threshold            nobody answers at its port
 *  (new) ──────────► CONNECTED ──────────────────────► SUSPECT ───────────────────────────► SILENT
 *                     ▲  ▲   ◄──── a heartbeat ─────────┘                                     │
 *                     │  └───────────────────────────── hello ────────────────────────────────┘
 *                     └──── hello (a firewall had spoken) ──── REFUSED ◄── from each: its port
 *                                                                          refuses, or another
 *                                                                          process answers there
 * </pre>
 *
 * Members are told to each other at every contact, after every admission, and to one peer in turn
 * every three seconds, so whoever knows one comes to know all. Who said goodbye is not taken up again.
 */
final class Mesh {
  private static final System.Logger LOG = System.getLogger(Mesh.class.getName());
  static final double PHI_THRESHOLD = 8;
  /** An older peer has so long to see a newer one dial before it looks for itself. */
  private static final Duration GRACE = Duration.ofSeconds(2);
  /** Beats between two tellings of the members, which whoever missed one gets from another. */
  private static final int GOSSIP_EVERY = 6;
  /** A process that is gone is remembered so long, to be shown. */
  static final Duration FORGET_AFTER = Duration.ofMinutes(10);

  private final Admission admission;
  private final Lines lines;
  private final Scheduler scheduler;
  private final List<Consumer<PeerState>> listeners;
  private final Roster roster;
  private Scheduler.Scheduled heart = () -> {};
  private long lastBeatNanos;
  private long beats;
  private boolean stopped;

  Mesh(
      Admission admission,
      Lines lines,
      Scheduler scheduler,
      List<Consumer<PeerState>> listeners,
      Consumer<Member> onReplaced) {
    this.admission = admission;
    this.lines = lines;
    this.scheduler = scheduler;
    this.listeners = listeners;
    this.roster = new Roster(admission.self(), scheduler, onReplaced);
  }

  void start() {
    lastBeatNanos = scheduler.nanos();
    heart = scheduler.every(Link.HEARTBEAT, this::beat);
    admission.others().forEach(this::learn);
  }

  Roster roster() {
    return roster;
  }

  /** Takes up a member that somebody spoke of, if it is news. */
  void learn(Member member) {
    if (stopped || !roster.wants(member)) {
      return;
    }
    Peer before = roster.peer(member.name());
    if (before != null) {
      forget(before);
    }
    Peer peer = roster.add(member);
    peer.nextCheck =
        scheduler.after(dials(peer) ? Duration.ofMillis(1) : GRACE, () -> check(peer));
  }

  private boolean dials(Peer peer) {
    return peer.member.olderThan(admission.self());
  }

  private void forget(Peer peer) {
    roster.remove(peer);
    peer.nextCheck.cancel();
    hangUp(peer);
  }

  private static void hangUp(Peer peer) {
    Wire wire = peer.wire;
    peer.wire = null;
    if (wire != null) {
      wire.close();
    }
  }

  // ---- connections ----------------------------------------------------------------------------

  /** A member dialled this node, or was dialled by it, and both said hello. */
  void attach(Wire wire) {
    Member member = wire.hello().member();
    learn(member);
    Peer peer = roster.peer(member.name());
    if (peer == null || !peer.member.equals(member)) {
      wire.send(roster.tell());
      wire.refuse("REPLACED", "'" + member.name() + "' was replaced or has left");
      return;
    }
    Wire before = peer.wire;
    peer.wire = wire;
    if (before != null) {
      before.close();
    }
    peer.nextCheck.cancel();
    wire.onFrame(frame -> received(peer, frame));
    wire.onClose(() -> lost(peer, wire));
    heard(peer);
    wire.send(roster.tell());
  }

  private void lost(Peer peer, Wire wire) {
    if (peer.wire != wire) {
      return;
    }
    peer.wire = null;
    if (!stopped && roster.has(peer)) {
      peer.nextCheck = scheduler.after(peer.nextRedial(), () -> check(peer));
    }
  }

  /** Dials or probes, now. */
  private void check(Peer peer) {
    boolean current = !stopped && roster.has(peer);
    if (!current || peer.checking || peer.connected()) {
      return;
    }
    peer.nextCheck.cancel();
    peer.checking = true;
    Future<Lines.Heard> outcome = dials(peer) ? dial(peer) : lines.probe(peer.member.link());
    outcome.onSuccess(
        heard -> {
          peer.checking = false;
          if (!stopped && roster.has(peer)) {
            checked(peer, heard);
          }
        });
  }

  private Future<Lines.Heard> dial(Peer peer) {
    return lines
        .dial(peer.member.link(), Hello.LINK)
        .map(
            dialled -> {
              if (!(dialled instanceof Lines.Dialled.Opened opened)) {
                return ((Lines.Dialled.Not) dialled).why();
              }
              Wire wire = opened.wire();
              boolean same = wire.hello().bootId().equals(peer.member.bootId());
              boolean current = !stopped && roster.has(peer);
              if (same && current && wire.hello().member() != null) {
                attach(wire);
              } else {
                wire.close();
              }
              return new Lines.Heard.Answered(wire.hello(), new JsonObject());
            });
  }

  private void checked(Peer peer, Lines.Heard heard) {
    if (peer.connected()) {
      return;
    }
    boolean another =
        heard instanceof Lines.Heard.Answered answer
            && !answer.from().bootId().equals(peer.member.bootId());
    if (another || heard instanceof Lines.Heard.Refused) {
      verdict(peer, Reachability.REFUSED);
      learnSuccessor(heard);
    } else if (!(heard instanceof Lines.Heard.Answered)) {
      verdict(peer, Reachability.SILENT);
    } else if (!dials(peer) && peer.wire != null) {
      // It lives, and this connection does not: when it notices that, it dials again.
      hangUp(peer);
    }
    peer.nextCheck = scheduler.after(peer.nextRedial(), () -> check(peer));
  }

  /** Whoever has the address now may be the next life of the same node. */
  private void learnSuccessor(Lines.Heard heard) {
    if (heard instanceof Lines.Heard.Answered answer
        && answer.from().clusterId().equals(admission.clusterId())
        && answer.from().member() != null) {
      learn(answer.from().member());
    }
  }

  private void verdict(Peer peer, Reachability reachability) {
    hangUp(peer);
    change(peer, reachability);
  }

  private void change(Peer peer, Reachability to) {
    if (peer.reachability == to) {
      return;
    }
    peer.reachability = to;
    peer.goneSinceNanos = scheduler.nanos();
    announce(peer);
  }

  private void announce(Peer peer) {
    PeerState state = peer.state(scheduler.nanos());
    List.copyOf(listeners).forEach(listener -> listener.accept(state));
  }

  // ---- heartbeats and other frames ------------------------------------------------------------

  private void beat() {
    if (++beats % GOSSIP_EVERY == 0) {
      gossip();
    }
    long now = scheduler.nanos();
    long away = now - lastBeatNanos - Link.HEARTBEAT.toNanos();
    lastBeatNanos = now;
    boolean wasAway = away > Link.HEARTBEAT.toNanos();
    for (Peer peer : roster.peers()) {
      if (wasAway) {
        peer.detector.forgive(away);
      }
      if (peer.wire != null) {
        peer.wire.send(Frame.of(Frame.HEARTBEAT, now));
      }
      if (peer.reachability == Reachability.CONNECTED
          && peer.detector.phi(now) > PHI_THRESHOLD) {
        change(peer, Reachability.SUSPECT);
        check(peer);
      }
      boolean longGone = now - peer.goneSinceNanos > FORGET_AFTER.toNanos();
      if (peer.reachability == Reachability.REFUSED && longGone) {
        forget(peer);
      }
    }
  }

  private void received(Peer peer, Frame frame) {
    if (!roster.has(peer)) {
      return;
    }
    switch (frame.type()) {
      case Frame.HEARTBEAT -> peer.wire.send(new Frame(Frame.ECHO, frame.payload()));
      case Frame.ECHO -> peer.roundTrip(scheduler.nanos() - frame.number());
      case Frame.MEMBERS -> {
        roster.hear(frame).forEach(this::learn);
        // Others heard a goodbye that did not get here.
        roster.peers().stream()
            .filter(other -> roster.hasLeft(other.member) && !other.connected())
            .forEach(this::goodbye);
      }
      case Frame.GOODBYE -> {
        goodbye(peer);
        return;
      }
      case Frame.REFUSAL ->
          LOG.log(
              frame.json().containsKey("code")
                  ? System.Logger.Level.WARNING
                  : System.Logger.Level.DEBUG,
              admission.self().id() + " was turned away by " + peer.member.id() + ": "
                  + frame.json().getString("message", ""));
      default -> {}
    }
    // Only heartbeats have a rhythm that phi can learn.
    if (frame.type() == Frame.HEARTBEAT) {
      peer.reached();
      heard(peer);
    }
  }

  private void heard(Peer peer) {
    peer.detector.heard(scheduler.nanos());
    peer.lastHeardWallMillis = scheduler.wallMillis();
    if (peer.wire != null) {
      change(peer, Reachability.CONNECTED);
    }
  }

  private void goodbye(Peer peer) {
    peer.leaving = true;
    announce(peer);
    roster.removeForGood(peer);
    forget(peer);
  }

  /** One peer in turn hears it again, whatever was lost. */
  private void gossip() {
    List<Peer> connected = roster.peers().stream().filter(Peer::connected).toList();
    if (!connected.isEmpty()) {
      connected.get((int) (beats / GOSSIP_EVERY % connected.size())).wire.send(roster.tell());
    }
  }

  /** Tells everybody at once; done after an admission. */
  void tellMembersToAll() {
    Frame members = roster.tell();
    roster.peers().stream().filter(Peer::connected).forEach(peer -> peer.wire.send(members));
  }

  void leave() {
    roster.peers().stream()
        .filter(peer -> peer.wire != null)
        .forEach(peer -> peer.wire.send(new Frame(Frame.GOODBYE, Buffer.buffer())));
    stop();
  }

  /** Ends every connection without a word: whoever this node was, it is not any more. */
  void stop() {
    stopped = true;
    heart.cancel();
    for (Peer peer : roster.peers()) {
      peer.nextCheck.cancel();
      if (peer.wire != null) {
        peer.wire.close();
      }
    }
  }
}
