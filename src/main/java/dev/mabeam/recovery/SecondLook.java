package dev.mabeam.recovery;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.agent.Agents;
import dev.mabeam.agent.Places;
import dev.mabeam.consensus.Members;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * Looks once more at where agents were put when their node was gone. They had to go somewhere at
 * once: to whoever was left, by loads that the failure itself was about to change, away from the
 * node that they preferred. So when all has been calm for {@link #CALM} (every agent has an owner,
 * the members are the same, no node is drained), each is weighed once more, and moved by an
 * ordinary handoff if another node is clearly better, {@link #AT_A_TIME} at a time.
 *
 * <p>Only what this node recovered, and only once each: an agent that has been moved or recovered
 * since, or that stays, is forgotten. This is no rebalancing, which looks at all agents, and plans.
 * If this node ends before it is calm nobody looks again; nothing is wrong then, only not best.
 *
 * <p>On the recovery's thread.
 */
final class SecondLook {
  private static final System.Logger LOG = System.getLogger(SecondLook.class.getName());
  static final Duration CALM = Duration.ofSeconds(30);
  static final int AT_A_TIME = 2;

  private final Agents agents;
  private final Places places;
  private final Supplier<Members> members;
  private final BiFunction<String, String, ? extends Future<?>> mover;
  private final Scheduler scheduler;
  /** The epochs at which agents were recovered. */
  private final Map<String, Long> recovered = new LinkedHashMap<>();
  private List<String> lastMembers = List.of();
  private long calmSinceNanos;
  private int underWay;

  /**
   * @param agents of which it reads the copy of the directory
   * @param mover moves an agent to a node
   */
  SecondLook(
      Agents agents,
      Places places,
      Supplier<Members> members,
      BiFunction<String, String, ? extends Future<?>> mover,
      Scheduler scheduler) {
    this.agents = agents;
    this.places = places;
    this.members = members;
    this.mover = mover;
    this.scheduler = scheduler;
  }

  /** This node had it decided that the agent has an owner again, at that epoch. */
  void recovered(String agent, long epoch) {
    recovered.put(agent, epoch);
  }

  /**
   * Called all the time.
   *
   * @param quiet whether every agent has an owner, nobody is drained, and something can be decided
   */
  void tick(boolean quiet) {
    long now = scheduler.nanos();
    List<String> present = members.get().all().stream().map(member -> member.id()).toList();
    if (!quiet || !present.equals(lastMembers)) {
      lastMembers = present;
      calmSinceNanos = now;
    }
    if (now - calmSinceNanos >= CALM.toNanos()) {
      look();
    }
  }

  private void look() {
    while (underWay < AT_A_TIME && !recovered.isEmpty()) {
      Map.Entry<String, Long> next = recovered.entrySet().iterator().next();
      recovered.remove(next.getKey());
      agents
          .get(next.getKey())
          .filter(agent -> agent.epoch() == next.getValue())
          .filter(agent -> agent.status() == AgentInfo.Status.ACTIVE)
          .ifPresent(this::weigh);
    }
  }

  private void weigh(AgentInfo agent) {
    Optional<String> better = places.better(agent.spec(), agent.node());
    if (better.isEmpty()) {
      return;
    }
    underWay++;
    mover
        .apply(agent.id(), better.get())
        .onComplete(
            (moved, failure) -> {
              underWay--;
              if (failure != null) {
                LOG.log(
                    Level.DEBUG, "{0} stays where it is: {1}", agent.id(), failure.getMessage());
              }
            });
  }
}
