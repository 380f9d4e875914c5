package dev.mabeam.cli;

import dev.mabeam.cli.Checkup.Finding;
import dev.mabeam.cli.Checkup.Level;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** Who decides, read from {@code GET /api/v1/cluster}. */
final class Quorum {
  private final String leader;
  private final int quorum;
  private final List<String> voters = new ArrayList<>();
  private final List<String> silent = new ArrayList<>();

  Quorum(JsonObject cluster) {
    JsonObject consensus = cluster.getJsonObject("consensus", new JsonObject());
    leader = consensus.getString("leader", "");
    quorum = consensus.getInteger("quorum", 0);
    JsonArray nodes = cluster.getJsonArray("nodes", new JsonArray());
    for (Object voter : consensus.getJsonArray("voters", new JsonArray())) {
      voters.add((String) voter);
      boolean active =
          nodes.stream()
              .map(JsonObject.class::cast)
              .anyMatch(
                  node ->
                      voter.equals(node.getString("id"))
                          && "active".equals(node.getString("status")));
      if (!active) {
        silent.add((String) voter);
      }
    }
  }

  /** One line: who leads, who votes, how many it takes. */
  String line() {
    if (voters.isEmpty()) {
      return "decisions: it is not known yet who votes";
    }
    return "decisions: %s; %d of %d voters (%s) have to agree"
        .formatted(
            leader.isEmpty() ? "no leader is known" : leader + " leads",
            quorum,
            voters.size(),
            String.join(", ", voters));
  }

  /** Whether it is known who votes, and not who leads. */
  boolean lacksLeader() {
    return !voters.isEmpty() && leader.isEmpty();
  }

  Finding find() {
    int left = voters.size() - silent.size();
    if (voters.isEmpty()) {
      return warn("it is not known yet who votes", "ask again in a moment");
    }
    if (left < quorum) {
      return new Finding(
          Level.fail,
          "quorum",
          "%d of %d voters are active, and a decision takes %d: %s not"
              .formatted(left, voters.size(), quorum, are(silent)),
          "bring one of them back; nothing is deployed or decided before");
    }
    if (lacksLeader()) {
      return warn("no leader is known", "an election takes a second or two; ask again");
    }
    if (!silent.isEmpty()) {
      return warn(
          "%s not active; %d of %d voters are left, and a decision takes %d"
              .formatted(are(silent), left, voters.size(), quorum),
          "another node is made a voter if it stays away");
    }
    if (voters.size() == 2) {
      return warn(
          leader + " leads; both voters have to agree, so losing one stops all decisions",
          "a third node makes it safe");
    }
    return new Finding(
        Level.ok,
        "quorum",
        "%s leads; %d of %d voters have to agree, and all are active"
            .formatted(leader, quorum, voters.size()),
        "");
  }

  private static String are(List<String> ids) {
    return String.join(", ", ids) + (ids.size() == 1 ? " is" : " are");
  }

  private static Finding warn(String message, String hint) {
    return new Finding(Level.warn, "quorum", message, hint);
  }
}
