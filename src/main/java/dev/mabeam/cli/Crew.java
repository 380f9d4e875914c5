package dev.mabeam.cli;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The sample's agents, one reader and one counter a node, and the variable that the counters write
 * to. An agent that lost its node is deployed again when that node is back; after {@link #dismiss}
 * all of them are, and so have later epochs than whatever is still under way.
 */
final class Crew {
  static final String VARIABLE = "demo.words";
  private static final Duration CALL = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long AGAIN_MILLIS = 250;
  private static final String VARIABLES = "/api/v1/variables";
  private static final String AGENTS = "/api/v1/agents";
  private static final String PREFIX = "words-";

  private final JsonArray roots = new JsonArray();
  private boolean ready;

  Crew(List<Path> roots) {
    roots.forEach(root -> this.roots.add(root.toUri().toString()));
  }

  static String reader(LocalNode node) {
    return PREFIX + "reader-" + node.name();
  }

  static String counter(LocalNode node) {
    return PREFIX + "counter-" + node.name();
  }

  static String path(String agent) {
    return AGENTS + "/" + Api.segment(agent);
  }

  /** The next muster deploys everything anew. */
  void dismiss() {
    ready = false;
  }

  /** Sees to it that the agents of all these nodes are there. */
  void muster(List<LocalNode> nodes) throws InterruptedException, Pass.Broken {
    Map<String, JsonObject> known = known(nodes);
    if (!ready) {
      persist(nodes, api -> api.post(VARIABLES, variable()));
    }
    for (LocalNode node : nodes) {
      JsonObject config = new JsonObject().put("variable", VARIABLE);
      deploy(nodes, node, "Counter", known.get(counter(node)), counter(node), config);
      config = new JsonObject().put("roots", roots);
      deploy(nodes, node, "Reader", known.get(reader(node)), reader(node), config);
    }
    ready = true;
    forgetTheLost(nodes, known);
  }

  /** The first of {@code nodes} whose agents are not both at work; empty if there is none. */
  String missing(List<LocalNode> nodes) throws InterruptedException, Pass.Broken {
    Map<String, JsonObject> known = known(nodes);
    for (LocalNode node : nodes) {
      for (String id : List.of(counter(node), reader(node))) {
        if (!isAtWork(known.get(id), node)) {
          return id;
        }
      }
    }
    return "";
  }

  /**
   * How many words of that pass the variable shows. A counter that is gone has left a slice of an
   * earlier one.
   */
  static long total(Api api, List<LocalNode> nodes, long pass) {
    JsonObject slices = api.object(VARIABLES + "/" + VARIABLE).getJsonObject("value");
    long total = 0;
    for (LocalNode node : nodes) {
      JsonObject slice = slices == null ? null : slices.getJsonObject(counter(node));
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

  private static Map<String, JsonObject> known(List<LocalNode> nodes)
      throws InterruptedException, Pass.Broken {
    JsonArray all = persist(nodes, api -> api.array(AGENTS));
    Map<String, JsonObject> byId = new HashMap<>();
    for (int i = 0; i < all.size(); i++) {
      byId.put(all.getJsonObject(i).getString("id"), all.getJsonObject(i));
    }
    return byId;
  }

  private static boolean isAtWork(JsonObject agent, LocalNode node) {
    return agent != null
        && "active".equals(agent.getString("status"))
        && agent.getString("node").startsWith(node.name() + "#");
  }

  private void deploy(
      List<LocalNode> nodes,
      LocalNode node,
      String kind,
      JsonObject known,
      String id,
      JsonObject config)
      throws InterruptedException, Pass.Broken {
    if (ready && isAtWork(known, node)) {
      return;
    }
    JsonObject spec =
        new JsonObject()
            .put("id", id)
            .put("type", "dev.mabeam.sample." + kind + "Agent")
            .put("affinity", new JsonArray().add(on(node)))
            .put("config", config);
    persist(
        nodes,
        api -> {
          undeploy(api, id);
          return api.post(AGENTS, spec);
        });
  }

  private static JsonObject on(LocalNode node) {
    return new JsonObject().put("target", "node").put("value", node.name()).put("hard", true);
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

  /** Agents whose node is gone for good are of no use to anyone. */
  private static void forgetTheLost(List<LocalNode> nodes, Map<String, JsonObject> known) {
    List<String> names = nodes.stream().map(LocalNode::name).toList();
    for (Map.Entry<String, JsonObject> agent : known.entrySet()) {
      String id = agent.getKey();
      String name = id.substring(id.lastIndexOf('-') + 1);
      boolean lost =
          id.startsWith(PREFIX)
              && !names.contains(name)
              && "unavailable".equals(agent.getValue().getString("status"));
      if (lost) {
        try {
          undeploy(LocalCluster.api(nodes.get(0), CALL), id);
        } catch (CliException | MabeamException failure) {
          // The next muster tries again.
        }
      }
    }
  }

  /** Asks one node after the other until one can do it; what cannot change ends it at once. */
  private static <T> T persist(List<LocalNode> nodes, Function<Api, T> call)
      throws InterruptedException, Pass.Broken {
    long since = System.nanoTime();
    for (int i = 0; ; i++) {
      String reason;
      try {
        return call.apply(LocalCluster.api(nodes.get(i % nodes.size()), CALL));
      } catch (MabeamException failure) {
        reason = failure.getMessage();
        switch (failure.code()) {
          case INVALID, FORBIDDEN, UNAUTHORIZED, NOT_FOUND -> throw new Pass.Broken(reason);
          default -> { }
        }
      } catch (CliException unreachable) {
        reason = unreachable.getMessage();
      }
      Pass.requireAlive(nodes);
      if (System.nanoTime() - since > PATIENCE.toNanos()) {
        throw new Pass.Broken(reason);
      }
      Thread.sleep(AGAIN_MILLIS);
    }
  }
}
