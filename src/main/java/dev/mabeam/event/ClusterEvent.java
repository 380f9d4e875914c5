package dev.mabeam.event;

import io.vertx.core.json.JsonObject;

/**
 * Something that happened in the cluster, as a value. The type's first word is the topic that it is
 * published on: {@code node.joined} goes to {@code mabeam.event.node}.
 *
 * <p>Events are for people and dashboards. They are published at most once, and no decision rests
 * on one.
 */
public sealed interface ClusterEvent {
  /** The dotted type, such as {@code node.joined}. */
  String type();

  /** The event's own fields. */
  JsonObject fields();

  /** The first word of the type. */
  default String topic() {
    return type().substring(0, type().indexOf('.') < 0 ? type().length() : type().indexOf('.'));
  }

  /** A node was admitted and is in the view. */
  record NodeJoined(String node, String zone) implements ClusterEvent {
    @Override
    public String type() {
      return "node.joined";
    }

    @Override
    public JsonObject fields() {
      return new JsonObject().put("node", node).put("zone", zone);
    }
  }

  /** A node has been silent for longer than its heartbeats make likely. */
  record NodeSuspected(String node, String by, double phi) implements ClusterEvent {
    @Override
    public String type() {
      return "node.suspected";
    }

    @Override
    public JsonObject fields() {
      return new JsonObject().put("node", node).put("by", by).put("phi", phi);
    }
  }

  /**
   * A node went without a word: it died, or it cannot be reached.
   *
   * @param affectedAgents how many agents and verticles ran there
   * @param recoveryInitiated whether its agents are placed again; verticles are not
   */
  record NodeFailed(String node, String reason, int affectedAgents, boolean recoveryInitiated)
      implements ClusterEvent {
    @Override
    public String type() {
      return "node.failed";
    }

    @Override
    public JsonObject fields() {
      return new JsonObject()
          .put("node", node)
          .put("reason", reason)
          .put("affectedAgents", affectedAgents)
          .put("recoveryInitiated", recoveryInitiated);
    }
  }

  /** A node said goodbye and left. */
  record NodeLeft(String node) implements ClusterEvent {
    @Override
    public String type() {
      return "node.left";
    }

    @Override
    public JsonObject fields() {
      return new JsonObject().put("node", node);
    }
  }

  /** A plain verticle of a user's runs. */
  record VerticleDeployed(String verticle, String className, String node)
      implements ClusterEvent {
    @Override
    public String type() {
      return "verticle.deployed";
    }

    @Override
    public JsonObject fields() {
      return new JsonObject().put("verticle", verticle).put("class", className).put("node", node);
    }
  }

  /** A plain verticle of a user's was stopped on request. */
  record VerticleUndeployed(String verticle, String className, String node)
      implements ClusterEvent {
    @Override
    public String type() {
      return "verticle.undeployed";
    }

    @Override
    public JsonObject fields() {
      return new JsonObject().put("verticle", verticle).put("class", className).put("node", node);
    }
  }

  /**
   * A variable was written at a replica. Of many updates only one in some seconds is told.
   *
   * @param node the one that took the write
   */
  record VariableUpdated(String variable, String node) implements ClusterEvent {
    @Override
    public String type() {
      return "variable.updated";
    }

    @Override
    public JsonObject fields() {
      return new JsonObject().put("variable", variable).put("node", node);
    }
  }

  /**
   * Writes to a variable had not seen each other, and one of them stands. Of many in a second only
   * some are told.
   *
   * @param winner the store that took it, and its number there
   * @param losers how many others there were
   */
  record VariableConflict(String variable, String strategy, String winner, int losers)
      implements ClusterEvent {
    @Override
    public String type() {
      return "variable.conflict";
    }

    @Override
    public JsonObject fields() {
      return new JsonObject()
          .put("variable", variable)
          .put("strategy", strategy)
          .put("winner", winner)
          .put("losers", losers);
    }
  }

  /** A node has become a variable's master. */
  record VariableMaster(String variable, String node, long epoch) implements ClusterEvent {
    @Override
    public String type() {
      return "variable.master";
    }

    @Override
    public JsonObject fields() {
      return new JsonObject().put("variable", variable).put("node", node).put("epoch", epoch);
    }
  }

  /**
   * An agent takes messages.
   *
   * @param others how many more, of which this event tells too
   */
  record AgentDeployed(String agent, String agentType, String node, long epoch, int others)
      implements ClusterEvent {
    @Override
    public String type() {
      return "agent.deployed";
    }

    @Override
    public JsonObject fields() {
      return new JsonObject()
          .put("agent", agent)
          .put("agentType", agentType)
          .put("node", node)
          .put("epoch", epoch)
          .put("others", others);
    }
  }

  /**
   * An agent was stopped on request.
   *
   * @param others how many more, of which this event tells too
   */
  record AgentUndeployed(String agent, String node, long epoch, int others)
      implements ClusterEvent {
    @Override
    public String type() {
      return "agent.undeployed";
    }

    @Override
    public JsonObject fields() {
      return new JsonObject()
          .put("agent", agent)
          .put("node", node)
          .put("epoch", epoch)
          .put("others", others);
    }
  }

  /**
   * An agent went on at another node, by request, with its state.
   *
   * @param epoch its new one
   * @param phases how many milliseconds each part took: reserve, pause, transfer, flip, fill
   * @param ms from the beginning to the end
   * @param bytes of its state
   * @param others how many more, of which this event tells too
   */
  record AgentMigrated(
      String agent,
      String from,
      String to,
      long epoch,
      JsonObject phases,
      double ms,
      long bytes,
      int others)
      implements ClusterEvent {
    @Override
    public String type() {
      return "agent.migrated";
    }

    @Override
    public JsonObject fields() {
      return new JsonObject()
          .put("agent", agent)
          .put("from", from)
          .put("to", to)
          .put("epoch", epoch)
          .put("phases", phases)
          .put("ms", ms)
          .put("bytes", bytes)
          .put("others", others);
    }
  }

  /**
   * An agent whose node was gone goes on at another one.
   *
   * @param epoch its new one
   * @param others how many more, of which this event tells too
   */
  record AgentRecovered(String agent, String node, long epoch, int others)
      implements ClusterEvent {
    @Override
    public String type() {
      return "agent.recovered";
    }

    @Override
    public JsonObject fields() {
      return new JsonObject()
          .put("agent", agent)
          .put("node", node)
          .put("epoch", epoch)
          .put("others", others);
    }
  }

  /**
   * An agent did not give its state. What it had done since its last checkpoint is taken back, and
   * it begins again with that, on the same node.
   *
   * @param epoch the one that has ended
   * @param pauseMs how long it rests before: longer each time
   * @param others how many more, of which this event tells too
   */
  record AgentBroken(String agent, String node, long epoch, String why, long pauseMs, int others)
      implements ClusterEvent {
    @Override
    public String type() {
      return "agent.broken";
    }

    @Override
    public JsonObject fields() {
      return new JsonObject()
          .put("agent", agent)
          .put("node", node)
          .put("epoch", epoch)
          .put("why", why)
          .put("pauseMs", pauseMs)
          .put("others", others);
    }
  }

  /**
   * An agent's node is gone, and no other can take it at the moment.
   *
   * @param why what speaks against each node
   * @param others how many more, of which this event tells too
   */
  record AgentUnavailable(String agent, long epoch, String why, int others)
      implements ClusterEvent {
    @Override
    public String type() {
      return "agent.unavailable";
    }

    @Override
    public JsonObject fields() {
      return new JsonObject()
          .put("agent", agent)
          .put("epoch", epoch)
          .put("why", why)
          .put("others", others);
    }
  }

  /** Somebody changed something through a node's HTTP API, or was refused. */
  record Audit(String action, String target, String role, int status) implements ClusterEvent {
    @Override
    public String type() {
      return "audit";
    }

    @Override
    public JsonObject fields() {
      return new JsonObject()
          .put("action", action)
          .put("target", target)
          .put("role", role)
          .put("status", status);
    }
  }
}
