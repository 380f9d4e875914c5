package dev.mabeam.variable.sync;

import dev.mabeam.bus.Bus;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.HybridTime;
import dev.mabeam.time.Scheduler;
import dev.mabeam.variable.SyncStrategy;
import dev.mabeam.variable.ledger.Fault;
import dev.mabeam.variable.version.Siblings;
import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Keeps the replicas of this node and those of the others alike, on one address of the bus: passes
 * on what is new as the variable's {@link Strategy} does, compares, fills and hands over. Everything runs on the scheduler's thread.
 *
 * <p>Guaranteed: what one replica of a set has, every other one has some time after all of them can
 * reach each other and nothing new is written. <em>Not</em> guaranteed: by when; it is usually
 * tens of milliseconds.
 */
public final class Synchronizer {
  private final String self;
  private final Bus bus;
  private final Held held;
  private final Scheduler scheduler;
  private final Channel channel;
  private final Lines lines;
  private final Blockchain blockchain;
  private final Map<SyncStrategy, Strategy> strategies;
  private final Confirming confirming;
  private final Handovers handovers;
  private final Digests digests;
  private final AntiEntropy antiEntropy;
  private final Filling filling;
  private Bus.Registration registration = Future::succeededFuture;

  /**
   * @param clock for the blocks that are signed here
   * @param onFault hears what is wrong with what another node sent of a ledger
   * @param onNothing hears of a variable that waits to be filled and of which nobody has anything
   */
  public Synchronizer(
      String self,
      Bus bus,
      Held held,
      Scheduler scheduler,
      RandomGenerator random,
      Traffic traffic,
      Tuning tuning,
      Supplier<HybridTime> clock,
      BiConsumer<String, Fault> onFault,
      Consumer<String> onNothing) {
    this.self = self;
    this.bus = bus;
    this.held = held;
    this.scheduler = scheduler;
    channel = new Channel(self, bus, traffic);
    lines = new Lines(channel, held, scheduler);
    blockchain =
        new Blockchain(
            self, channel, lines, held, scheduler, clock, tuning, this::changed, onFault);
    strategies =
        Map.of(
            SyncStrategy.GOSSIP,
                new Gossip(lines, held, scheduler, random, tuning.soon()),
            SyncStrategy.LEADER_FOLLOWER,
                new LeaderFollower(self, lines, held, scheduler, tuning.hints()),
            SyncStrategy.MULTI_MASTER,
                new MultiMaster(lines, held, scheduler, tuning.hints()),
            SyncStrategy.BLOCKCHAIN,
                blockchain);
    confirming = new Confirming(lines, held, scheduler);
    handovers = new Handovers(lines, held, random);
    digests = new Digests(held, this::forget);
    antiEntropy =
        new AntiEntropy(channel, held, digests, lines, handovers::again, this::join, random);
    filling = new Filling(channel, held, scheduler, this::join, onNothing);
    lines.listen(this::told);
    channel.onContact(this::contact);
  }

  /** Serves the other nodes, and compares from now on. */
  public Future<Void> start() {
    antiEntropy.start(scheduler);
    blockchain.start();
    return bus.serve(Channel.address(self), this::serve)
        .onSuccess(done -> registration = done)
        .mapEmpty();
  }

  /** Something new was written here. */
  public void written(String name) {
    written(name, 0);
  }

  /**
   * Something new was written here.
   *
   * @param fanout how many are to be told at a time, by gossip; 0 for as many as usual
   */
  public void written(String name, int fanout) {
    digests.changed(name);
    strategy(name).written(name, fanout);
  }

  /** Whether no more writes may be confirmed for now. */
  public boolean isOverloaded() {
    return confirming.isOverloaded();
  }

  /** Completes when a majority of the replicas has it; TIMEOUT at the deadline. */
  public Future<Void> confirm(String name, VersionVector seen, Duration deadline) {
    return confirming.confirm(name, seen, deadline);
  }

  /** Asks the other replicas of these at once for what this node lacks. */
  public void fetch(Collection<String> names) {
    Map<String, List<String>> byPeer = new LinkedHashMap<>();
    for (String name : names) {
      for (String peer : held.others(name)) {
        byPeer.computeIfAbsent(peer, key -> new ArrayList<>()).add(name);
      }
    }
    byPeer.forEach(antiEntropy::fetch);
  }

  /** A replica counts, with what it has now; {@code unseen} if the others may lack some of it. */
  public void counts(String name, boolean unseen) {
    filling.done(name);
    handovers.keep(name);
    digests.changed(name);
    if (unseen) {
      strategy(name).written(name, 0);
    }
  }

  /** This node is to be a replica, and has to be filled; again whenever the set changes. */
  public void fill(String name) {
    handovers.keep(name);
    digests.changed(name);
    filling.await(name);
  }

  /** The set has changed, and this node stays in it. */
  public void moved(String name, List<String> arrived) {
    digests.changed(name);
    arrived.forEach(antiEntropy::compare);
  }

  /** This node, which keeps a replica that counts, has become its master. */
  public void mastered(String name) {
    strategy(name).mastered(name);
  }

  /** This node is no replica any more; {@code done} when one of the replicas has what it had. */
  public void handOver(String name, Runnable done) {
    filling.done(name);
    digests.changed(name);
    strategies.values().forEach(strategy -> strategy.drop(name));
    handovers.handOver(name, done);
  }

  /** This node has nothing of it any more. */
  public void gone(String name) {
    filling.done(name);
    handovers.keep(name);
    digests.changed(name);
    strategies.values().forEach(strategy -> strategy.drop(name));
  }

  /** How many replicas here wait to be filled. */
  public int filling() {
    return filling.waiting();
  }

  /** Whether nothing is being passed on or filled. */
  public boolean isQuiet() {
    return strategies.values().stream().allMatch(Strategy::isQuiet)
        && confirming.isQuiet()
        && handovers.isQuiet()
        && filling.waiting() == 0;
  }

  public Future<Void> close() {
    lines.close();
    strategies.values().forEach(Strategy::close);
    confirming.close();
    antiEntropy.close();
    filling.close();
    return registration.close();
  }

  private Strategy strategy(String name) {
    return strategies.get(held.strategy(name));
  }

  private void told(String peer, String name, Siblings sent, Held.Joined outcome) {
    strategies.values().forEach(strategy -> strategy.told(peer, name, sent, outcome));
    confirming.told(peer, name, sent, outcome);
    handovers.told(peer, name, sent, outcome);
  }

  private void contact(String peer) {
    antiEntropy.compare(peer);
    strategies.values().forEach(strategy -> strategy.contact(peer));
  }

  private void forget(String peer) {
    lines.forget(peer);
    strategies.values().forEach(strategy -> strategy.forget(peer));
  }

  /** Has everything that was written here in blocks, also what was written just now. */
  public void sealed(String name) {
    blockchain.seal(name);
  }

  /** The keys of a ledger's replicas have changed. */
  public void rostered(String name) {
    blockchain.look(name);
  }

  private void changed(String name) {
    digests.changed(name);
  }

  private Held.Joined join(String peer, Messages.Received received) {
    if (held.strategy(received.name()) == SyncStrategy.BLOCKCHAIN) {
      return blockchain.join(peer, received);
    }
    boolean filled = held.awaits(received.name());
    Held.Joined outcome = held.join(received.name(), received.state(), received.counts());
    if (outcome == Held.Joined.NEWS) {
      digests.changed(received.name());
      Held.Kept kept = held.kept(received.name());
      // What fills a replica is no news to the others.
      if (kept.counts() && !filled) {
        boolean same = received.state().seen().containsAll(kept.state().seen());
        strategy(received.name()).arrived(received.name(), same ? peer : null);
      }
    }
    return outcome;
  }

  private Future<JsonObject> serve(JsonObject message) {
    String peer = Messages.read(() -> message.getString("from"));
    JsonObject answer = Messages.read(() -> answer(peer, message));
    if (peer != null) {
      channel.heard(peer);
    }
    return Future.succeededFuture(answer);
  }

  private JsonObject answer(String peer, JsonObject message) {
    String what = message.getString("do", "");
    return switch (what) {
      case "push" -> pushed(peer, message);
      case "root" -> antiEntropy.root(peer, message);
      case "leaves" -> antiEntropy.leaves(peer, message);
      case "versions" -> antiEntropy.versions(message);
      case "fill" -> filling.fill(message);
      case "blocks" -> blockchain.blocks(message);
      case "certify" -> blockchain.certify(peer, message);
      case "certified" -> blockchain.certified(peer, message);
      default ->
          throw new MabeamException(
              ErrorCode.INVALID, "replicas do not know the message '" + what + "'");
    };
  }

  private JsonObject pushed(String peer, JsonObject message) {
    JsonArray known = new JsonArray();
    JsonArray absent = new JsonArray();
    for (Messages.Received received : Messages.states(message)) {
      switch (join(peer, received)) {
        case KNOWN -> known.add(received.name());
        case ABSENT -> absent.add(received.name());
        default -> {}
      }
    }
    return new JsonObject().put("known", known).put("absent", absent);
  }
}
