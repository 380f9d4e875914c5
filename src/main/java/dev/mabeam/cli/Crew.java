package dev.mabeam.cli;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The sample's agents, as many readers and counters as there are nodes, and the variable that the
 * counters write to. They are wherever the cluster has them; a pass begins with a reader and a
 * counter on each node that runs. After {@link #dismiss} all of them are deployed anew, and so have
 * later epochs than whatever is still under way.
 */
final class Crew {
  static final String VARIABLE = "demo.words";
  private static final Duration CALL = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long AGAIN_MILLIS = 250;
  private static final String VARIABLES = "/api/v1/variables";
  private static final String AGENTS = "/api/v1/agents";
  private static final String PREFIX = "words-";

  private final LocalCluster cluster;
  private final JsonArray roots = new JsonArray();
  private boolean ready;

  Crew(LocalCluster cluster, List<Path> roots) {
    this.cluster = cluster;
    roots.forEach(root -> this.roots.add(root.toUri().toString()));
  }

  static String reader(String home) {
    return PREFIX + "reader-" + home;
  }

  static String counter(String home) {
    return PREFIX + "counter-" + home;
  }

  /** The name of the node of that id. */
  static String name(String nodeId) {
    return nodeId.substring(0, Math.max(0, nodeId.indexOf('#')));
  }

  static String path(String agent) {
    return AGENTS + "/" + Api.segment(agent);
  }

  /** The next muster deploys everything anew. */
  void dismiss() {
    ready = false;
  }

  /** Sees to it that all agents are there, each at home if its home is one of {@code active}. */
  void muster(List<String> active) throws InterruptedException, Pass.Broken {
    Way way = new Way(cluster, 0, CALL);
    Map<String, JsonObject> known = known(way);
    if (!ready) {
      persist(way, api -> api.post(VARIABLES, variable()));
    }
    for (LocalNode node : cluster.nodes()) {
      String home = node.name();
      JsonObject config = new JsonObject().put("variable", VARIABLE);
      deploy(way, home, "Counter", known.get(counter(home)), counter(home), config);
      config = new JsonObject().put("roots", roots);
      deploy(way, home, "Reader", known.get(reader(home)), reader(home), config);
    }
    ready = true;
    bringHome(way, active);
  }

  /** The sample's agents by id. */
  static Map<String, JsonObject> agents(Api api) {
    JsonArray all = api.array(AGENTS);
    Map<String, JsonObject> byId = new TreeMap<>();
    for (int i = 0; i < all.size(); i++) {
      JsonObject agent = all.getJsonObject(i);
      if (agent.getString("id").startsWith(PREFIX)) {
        byId.put(agent.getString("id"), agent);
      }
    }
    return byId;
  }

  static boolean isActive(JsonObject agent) {
    return "active".equals(agent.getString("status"));
  }

  /** The name of the node that has the agent; empty if none has. */
  static String at(JsonObject agent) {
    String node = agent.getString("node");
    return node == null ? "" : name(node);
  }

  /** Has an agent moved to the node of that name; it is there then, or this throws. */
  static void move(Api api, String agent, String node) {
    api.post(path(agent) + "/migrate", new JsonObject().put("to", node));
  }

  /**
   * How many words of that pass the variable shows. Before a counter has begun with it, its slice
   * is of an earlier one.
   */
  static long total(Api api, List<String> homes, long pass) {
    JsonObject slices = api.object(VARIABLES + "/" + VARIABLE).getJsonObject("value");
    long total = 0;
    for (String home : homes) {
      JsonObject slice = slices == null ? null : slices.getJsonObject(counter(home));
      if (slice != null && slice.getLong("pass") == pass) {
        total += slice.getLong("words");
      }
    }
    return total;
  }

  private static JsonObject variable() {
    return new JsonObject()
        .put("name", VARIABLE)
        .put("consistency", "eventual")
        .put("sync", "gossip")
        .put("conflict", "merge_function")
        .put("merge", "map-by-key")
        .put("replicationFactor", 3);
  }

  private Map<String, JsonObject> known(Way way) throws InterruptedException, Pass.Broken {
    return persist(way, Crew::agents);
  }

  /**
   * Deploys an agent that is not there. One that no node has now will be recovered, unless its state
   * is lost: before a pass nothing in it is of use, and it begins anew.
   */
  private void deploy(
      Way way, String home, String kind, JsonObject known, String id, JsonObject config)
      throws InterruptedException, Pass.Broken {
    if (ready && known != null && !"unavailable".equals(known.getString("status"))) {
      return;
    }
    JsonObject spec =
        new JsonObject()
            .put("id", id)
            .put("type", "dev.mabeam.sample." + kind + "Agent")
            .put("affinity", new JsonArray().add(preferably(home)))
            .put("config", config);
    persist(
        way,
        api -> {
          undeploy(api, id);
          return api.post(AGENTS, spec);
        });
  }

  private static JsonObject preferably(String home) {
    return new JsonObject().put("target", "node").put("value", home);
  }

  /** So that every node has work. One that cannot move now works where it is. */
  private void bringHome(Way way, List<String> active) throws InterruptedException, Pass.Broken {
    for (Map.Entry<String, JsonObject> agent : known(way).entrySet()) {
      String id = agent.getKey();
      String home = id.substring(id.lastIndexOf('-') + 1);
      if (active.contains(home) && !home.equals(at(agent.getValue()))) {
        try {
          move(way.api(), id, home);
        } catch (CliException | MabeamException refused) {
          // The next muster tries again.
        }
      }
    }
  }

  private static void undeploy(Api api, String id) {
    try {
      api.delete(path(id));
    } catch (MabeamException failure) {
      if (failure.code() != ErrorCode.AGENT_NOT_FOUND) {
        throw failure;
      }
    }
  }

  /** Asks one node after the other until one can do it; what cannot change ends it at once. */
  private <T> T persist(Way way, Function<Api, T> call)
      throws InterruptedException, Pass.Broken {
    long since = System.nanoTime();
    while (true) {
      String reason;
      try {
        return call.apply(way.api());
      } catch (MabeamException failure) {
        reason = failure.getMessage();
        switch (failure.code()) {
          case INVALID, FORBIDDEN, UNAUTHORIZED, NOT_FOUND -> throw new Pass.Broken(reason);
          default -> { }
        }
      } catch (CliException unreachable) {
        reason = unreachable.getMessage();
      }
      way.next();
      boolean hopeless = cluster.nodes().stream().noneMatch(LocalNode::alive);
      if (hopeless || System.nanoTime() - since > PATIENCE.toNanos()) {
        throw new Pass.Broken(reason);
      }
      Thread.sleep(AGAIN_MILLIS);
    }
  }
}
