package dev.mabeam.variable;

import dev.mabeam.bus.Bus;
import dev.mabeam.consensus.Decisions;
import dev.mabeam.consensus.Members;
import dev.mabeam.event.ClusterEvent;
import dev.mabeam.grid.Knowledge;
import dev.mabeam.time.Scheduler;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * What the room of one node works with.
 *
 * @param definitions the copy of this node, registered with the decisions
 * @param members who is in the cluster, as this node's copy has it; asked on any thread
 * @param serving whether this node may acknowledge writes: it holds its lease; asked on any thread
 * @param knowledge the map {@code mabeam.variables}
 * @param events where to publish what happened here; called on the room's thread
 * @param store what this process has of variables in this cluster; outlives the room
 * @param heard whether this node hears of the one by that id as it should: a guess, which may be
 *     wrong either way; asked on the room's thread
 * @param zone which nodes fail together with this one; empty if that is not known
 * @param shown how many of the variables that this node is master of it shows in {@code knowledge}
 * @param scheduler of the room's thread; its {@code execute} may be called on any
 */
public record VariableContext(
    String nodeId,
    Bus bus,
    Decisions decisions,
    VariableDefinitions definitions,
    Supplier<Members> members,
    BooleanSupplier serving,
    Predicate<String> heard,
    Knowledge knowledge,
    Consumer<ClusterEvent> events,
    ReplicaStore store,
    Scheduler scheduler,
    RandomGenerator random,
    MeterRegistry metrics,
    String zone,
    int shown) {
  /** How many of its variables a master shows, unless it is told otherwise. */
  public static final int DEFAULT_SHOWN = 1_000;

  /** All are heard, and nobody knows in which zone; as many are shown as usual. */
  public VariableContext(
      String nodeId,
      Bus bus,
      Decisions decisions,
      VariableDefinitions definitions,
      Supplier<Members> members,
      BooleanSupplier serving,
      Knowledge knowledge,
      Consumer<ClusterEvent> events,
      ReplicaStore store,
      Scheduler scheduler,
      RandomGenerator random,
      MeterRegistry metrics) {
    this(
        nodeId, bus, decisions, definitions, members, serving, node -> true, knowledge, events,
        store, scheduler, random, metrics, "", DEFAULT_SHOWN);
  }
}
