package dev.mabeam.recovery;

/**
 * What a node's failure came to.
 *
 * @param affectedAgents how many agents it had
 * @param recoveryInitiated whether they are placed again
 */
public record NodeFailure(
    String node, String reason, int affectedAgents, boolean recoveryInitiated) {}
