package dev.mabeam.recovery;

import dev.mabeam.agent.AgentMoves;
import dev.mabeam.agent.Agents;
import dev.mabeam.agent.Places;
import dev.mabeam.consensus.Members;
import dev.mabeam.event.ClusterEvent;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What {@link Recovery} works with.
 *
 * @param moves of this node's agents, on the room's thread
 * @param agents of which it reads the copy of the directory
 * @param places asked on the room's thread
 * @param members as this node's copy has them, oldest first; any thread
 * @param active whether this node hears that member as it should
 * @param serving whether this node holds its lease: without it nothing can be decided
 * @param mover moves an agent to a node, by a handoff
 * @param events where to publish; on the room's thread
 * @param scheduler of the room's thread; its {@code execute} may be called on any
 */
public record RecoveryContext(
    String nodeId,
    AgentMoves moves,
    Agents agents,
    Places places,
    Supplier<Members> members,
    Predicate<String> active,
    BooleanSupplier serving,
    BiFunction<String, String, ? extends Future<?>> mover,
    Consumer<ClusterEvent> events,
    Scheduler scheduler) {}
