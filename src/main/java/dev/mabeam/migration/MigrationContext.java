package dev.mabeam.migration;

import dev.mabeam.agent.AgentMoves;
import dev.mabeam.agent.Agents;
import dev.mabeam.agent.Places;
import dev.mabeam.bus.Bus;
import dev.mabeam.consensus.Members;
import dev.mabeam.event.ClusterEvent;
import dev.mabeam.grid.Knowledge;
import dev.mabeam.link.Courier;
import dev.mabeam.time.Scheduler;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * What a {@link MigrationRoom} works with.
 *
 * @param courier for frames of the types from {@link MigrationRoom#FIRST_TYPE}, on the room's thread
 * @param moves of this node's agents, on the room's thread
 * @param agents of which it reads the copy of the directory
 * @param places asked on the room's thread
 * @param members as this node's copy has them; any thread
 * @param knowledge the map {@code mabeam.migrations}
 * @param events where to publish; on the room's thread
 * @param scheduler of the room's thread; its {@code execute} may be called on any
 * @param steps where tests reach in; {@link Steps#NONE}
 */
public record MigrationContext(
    String nodeId,
    Bus bus,
    Courier courier,
    AgentMoves moves,
    Agents agents,
    Places places,
    Supplier<Members> members,
    Knowledge knowledge,
    Consumer<ClusterEvent> events,
    Scheduler scheduler,
    RandomGenerator random,
    Steps steps) {}
