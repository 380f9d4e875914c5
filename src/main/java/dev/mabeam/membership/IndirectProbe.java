package dev.mabeam.membership;

import dev.mabeam.bus.Addresses;
import dev.mabeam.bus.Bus;
import dev.mabeam.link.PeerState;
import dev.mabeam.link.Reachability;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * Asks other nodes whether they hear a node that this one does not: a cut between two nodes is not
 * the end of either. Whoever is asked answers from its own link's heartbeats, since an open port
 * alone proves nothing: a stopped process's kernel still accepts connections.
 *
 * <p>Asked are the neighbours in the overlay; where the suspect is the only one, up to three others
 * of the view. Nobody to ask counts as nobody hears it.
 */
final class IndirectProbe {
  private static final Duration DEADLINE = Duration.ofMillis(800);
  private static final int STAND_INS = 3;

  private final Bus bus;
  private final RandomGenerator random;
  private final Function<String, PeerState> peers;

  /** {@code peers} gives this node's own word on a node id, or null. */
  IndirectProbe(Bus bus, RandomGenerator random, Function<String, PeerState> peers) {
    this.bus = bus;
    this.random = random;
    this.peers = peers;
  }

  Future<Bus.Registration> serve(String selfId) {
    return bus.serve(
        address(selfId),
        body -> {
          PeerState peer = peers.apply(body.getString("node"));
          boolean reached = peer != null && peer.reachability() == Reachability.CONNECTED;
          return Future.succeededFuture(new JsonObject().put("v", 1).put("reached", reached));
        });
  }

  /** Asks about each of {@code peers} that is suspect or silent. */
  void round(
      Collection<PeerState> peers,
      List<String> neighbours,
      List<String> others,
      BiConsumer<String, Evidence> onEvidence) {
    for (PeerState peer : peers) {
      if (peer.reachability() == Reachability.SUSPECT
          || peer.reachability() == Reachability.SILENT) {
        String id = peer.member().id();
        ask(id, neighbours, others).onSuccess(evidence -> onEvidence.accept(id, evidence));
      }
    }
  }

  /** Asks about one; never fails. */
  private Future<Evidence> ask(String suspect, List<String> neighbours, List<String> others) {
    List<Future<Boolean>> answers = new ArrayList<>();
    for (String helper : helpers(suspect, neighbours, others)) {
      answers.add(
          bus.request(address(helper), new JsonObject().put("v", 1).put("node", suspect), DEADLINE)
              .map(answer -> answer.getBoolean("reached", false))
              .otherwise(false));
    }
    if (answers.isEmpty()) {
      return Future.succeededFuture(Evidence.NOT_REACHED);
    }
    return Future.all(answers)
        .map(all -> all.list().contains(true) ? Evidence.REACHED : Evidence.NOT_REACHED);
  }

  private List<String> helpers(String suspect, List<String> neighbours, List<String> others) {
    List<String> chosen = neighbours.stream().filter(id -> !id.equals(suspect)).toList();
    if (!chosen.isEmpty()) {
      return chosen;
    }
    List<String> rest = new ArrayList<>(others);
    rest.remove(suspect);
    while (rest.size() > STAND_INS) {
      rest.remove(random.nextInt(rest.size()));
    }
    return rest;
  }

  private static String address(String nodeId) {
    return Addresses.node(nodeId, "membership", "probe");
  }
}
