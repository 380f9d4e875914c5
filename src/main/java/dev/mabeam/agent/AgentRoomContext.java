package dev.mabeam.agent;

import dev.mabeam.consensus.Decisions;
import dev.mabeam.consensus.Lease;
import dev.mabeam.consensus.Members;
import dev.mabeam.event.ClusterEvent;
import dev.mabeam.grid.Knowledge;
import dev.mabeam.time.Scheduler;
import dev.mabeam.verticle.UserCode;
import io.vertx.core.Vertx;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What an {@link AgentRoom} works with.
 *
 * @param vertx the clustered one
 * @param directory this node's copy, which the log feeds
 * @param members who is in the cluster, as this node's copy of the log has it now; any thread
 * @param keeping where checkpoints go
 * @param knowledge the map {@code mabeam.agents}
 * @param events where to publish; called on the room's context
 * @param scheduler on the context that the room is created on
 */
public record AgentRoomContext(
    Vertx vertx,
    String nodeId,
    UserCode code,
    AgentDirectory directory,
    Decisions decisions,
    Supplier<Members> members,
    Lease lease,
    Places places,
    Keeping keeping,
    Knowledge knowledge,
    Consumer<ClusterEvent> events,
    Scheduler scheduler,
    AgentOptions options) {}
