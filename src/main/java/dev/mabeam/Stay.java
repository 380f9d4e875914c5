package dev.mabeam;

import dev.mabeam.agent.AgentSpec;
import dev.mabeam.agent.Agents;
import dev.mabeam.consensus.Consensus;
import dev.mabeam.consensus.ConsensusContext;
import dev.mabeam.consensus.ConsensusOptions;
import dev.mabeam.consensus.StateMachine;
import dev.mabeam.link.Admission;
import dev.mabeam.link.Courier;
import dev.mabeam.link.Link;
import dev.mabeam.link.Member;
import dev.mabeam.link.PeerState;
import dev.mabeam.link.Reachability;
import dev.mabeam.membership.Peers;
import dev.mabeam.time.Scheduler;
import dev.mabeam.variable.Variables;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Consumer;

/**
 * One incarnation's part in deciding. It ends when the node leaves or is expelled; a node that
 * comes back has a new one, and starts from what the others decided meanwhile.
 */
final class Stay {
  private final Admission admission;
  private final Consensus consensus;

  private Stay(Admission admission, Consensus consensus) {
    this.admission = admission;
    this.consensus = consensus;
  }

  /**
   * Not open yet.
   *
   * @param onLink runs tasks on the link's thread
   */
  static Stay create(
      Admission admission,
      Link link,
      Executor onLink,
      Peers peers,
      Scheduler logScheduler,
      Consumer<String> onExpelled,
      List<StateMachine> machines) {
    Consensus consensus =
        Consensus.create(
            new ConsensusOptions(),
            new ConsensusContext(
                Courier.hopping(link.courier(), onLink, logScheduler::execute),
                logScheduler,
                new SecureRandom(),
                ForkJoinPool.commonPool(),
                Optional.empty(),
                member -> reachability(peers, member),
                machines));
    consensus.onMembers(
        members -> onLink.execute(() -> members.all().forEach(link::learn)));
    consensus.onExpelled(onExpelled);
    return new Stay(admission, consensus);
  }

  private static Reachability reachability(Peers peers, Member member) {
    return peers.peers().stream()
        .filter(peer -> peer.member().id().equals(member.id()))
        .map(PeerState::reachability)
        .findFirst()
        .orElse(Reachability.SILENT);
  }

  /** Founds the log, or follows it; completes once this node's copy knows that it is a member. */
  Future<Void> open() {
    return (admission.founder()
            ? consensus.found(admission.self()).mapEmpty()
            : consensus.follow(admission.self(), admission.others()));
  }

  Agents agents() {
    return null;
  }

  Variables variables() {
    return null;
  }

  JsonObject explain(AgentSpec spec) {
    return null;
  }

  Future<Void> abandon() {
    return consensus.close();
  }

  Consensus consensus() {
    return consensus;
  }
}
