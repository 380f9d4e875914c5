package dev.mabeam.membership;

import dev.mabeam.bus.Bus;
import dev.mabeam.event.Events;
import dev.mabeam.grid.Knowledge;
import dev.mabeam.grid.Views;
import dev.mabeam.time.Scheduler;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;

/**
 * What {@link Membership} works with. The caller owns all of it.
 *
 * @param knowledge the replicated map {@code mabeam.nodes}
 * @param scheduler membership's only thread; bus handlers have to run on it too
 * @param agentCount how many agents and deployed verticles this node runs
 * @param readOnly whether this node had a lease and lost it
 */
public record MembershipContext(
    Views views,
    Knowledge knowledge,
    Peers peers,
    Bus bus,
    Events events,
    Scheduler scheduler,
    RandomGenerator random,
    LoadSource load,
    IntSupplier agentCount,
    BooleanSupplier readOnly) {

  /** Of a node that always serves. */
  public MembershipContext(
      Views views,
      Knowledge knowledge,
      Peers peers,
      Bus bus,
      Events events,
      Scheduler scheduler,
      RandomGenerator random,
      LoadSource load,
      IntSupplier agentCount) {
    this(
        views, knowledge, peers, bus, events, scheduler, random, load, agentCount, () -> false);
  }
}
