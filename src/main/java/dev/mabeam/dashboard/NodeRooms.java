package dev.mabeam.dashboard;

import dev.mabeam.agent.AgentSpec;
import dev.mabeam.agent.Agents;
import dev.mabeam.consensus.ConsensusStatus;
import dev.mabeam.membership.Membership;
import dev.mabeam.migration.Migrations;
import dev.mabeam.recovery.Recoveries;
import dev.mabeam.variable.Variables;
import dev.mabeam.verticle.Verticles;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The rooms of a node that HTTP shows. All of it may be called on any thread.
 *
 * @param cordoned the nodes that get no agents
 * @param consensus who decides, as this node's copy has it
 * @param placement explains where an agent would go, as {@code Explanation} in the contract
 * @param join has this node join the cluster that the seeds lead to
 */
public record NodeRooms(
    Membership membership,
    Verticles verticles,
    Agents agents,
    Variables variables,
    Migrations migrations,
    Recoveries recovery,
    Supplier<Set<String>> cordoned,
    Supplier<ConsensusStatus> consensus,
    Function<AgentSpec, JsonObject> placement,
    Function<List<String>, Future<Void>> join) {}
