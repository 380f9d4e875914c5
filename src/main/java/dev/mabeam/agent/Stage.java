package dev.mabeam.agent;

import dev.mabeam.time.Scheduler;
import io.vertx.core.Vertx;
import java.time.Duration;

/**
 * What all activations of a node share.
 *
 * @param limit how long a start, a last message or a stop may take
 */
record Stage(
    Vertx vertx,
    String nodeId,
    Agents agents,
    Services services,
    AgentTypes types,
    Hosts hosts,
    Mailbox.Rules rules,
    Scheduler scheduler,
    Duration limit) {}
