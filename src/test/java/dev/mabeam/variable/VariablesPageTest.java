package dev.mabeam.variable;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/**
 * The page says of every consistency under every strategy what the code does: each combination is
 * distributed in a simulated cluster, written and read at a replica, at a node that keeps none, and
 * at a replica that is cut off from the majority. Where this fails, what it expected is what the
 * page has to say, or the code does something that it should not.
 */
class VariablesPageTest {
  private static final Path PAGE = Path.of("docs/variables.md");
  private static final String BEGIN = "| level | strategy |";

  @Test
  void shouldSayWhatEachCombinationDoes() throws IOException {
    StringBuilder table =
        new StringBuilder(
            """
            | level | strategy | a write is taken by | a read is answered by | cut off, a read | cut off, a write |
            |---|---|---|---|---|---|
            """);
    for (Consistency consistency : Consistency.values()) {
      for (SyncStrategy sync : SyncStrategy.values()) {
        table.append(row(consistency, sync)).append('\n');
      }
    }
    assertEquals(table.toString(), onThePage());
  }

  private static String onThePage() throws IOException {
    StringBuilder table = new StringBuilder();
    boolean within = false;
    for (String line : Files.readAllLines(PAGE)) {
      within = line.startsWith(BEGIN) || within && line.startsWith("|");
      if (within) {
        table.append(line).append('\n');
      }
    }
    return table.toString();
  }

  private static String row(Consistency consistency, SyncStrategy sync) {
    SimVariables cluster = SimVariables.of(1, 5);
    VariableOptions options =
        VariableOptions.DEFAULT.withConsistency(consistency).withSync(sync).withValue(0);
    VariableInfo info = answer(cluster, cluster.node("n1").room.distribute("v", options));
    cluster.awaitQuiet();
    String master = name(info.master());
    List<String> replicas = info.replicas().stream().map(VariablesPageTest::name).toList();
    String follower = replicas.stream().filter(each -> !each.equals(master)).findFirst().get();
    String outside =
        List.of("n1", "n2", "n3", "n4", "n5").stream()
            .filter(each -> !replicas.contains(each))
            .findFirst()
            .get();
    String written =
        who(
            master,
            follower,
            outside,
            answer(cluster, cluster.node(follower).room.set("v", 1)),
            answer(cluster, cluster.node(outside).room.set("v", 2)));
    cluster.awaitQuiet();
    String read =
        who(
            master,
            follower,
            outside,
            answer(cluster, cluster.node(follower).room.get("v")),
            answer(cluster, cluster.node(outside).room.get("v")));
    cluster.sim.network().isolate(follower);
    cluster.sim.runFor(Duration.ofSeconds(10));
    return "| `%s` | `%s` | %s | %s | %s | %s |"
        .formatted(
            consistency.word(),
            sync.word(),
            written,
            read,
            outcome(cluster, cluster.node(follower).room.get("v")),
            outcome(cluster, cluster.node(follower).room.set("v", 3)));
  }

  /** Who did it that was asked of a replica that is not the master, and of a node without one. */
  private static String who(
      String master,
      String follower,
      String outside,
      VariableValue atFollower,
      VariableValue atOutside) {
    if (name(atFollower.node()).equals(follower)) {
      return name(atOutside.node()).equals(outside) ? "the node that is asked" : "any replica";
    }
    assertEquals(master, name(atFollower.node()));
    assertEquals(master, name(atOutside.node()));
    return "the master";
  }

  private static String outcome(SimVariables cluster, Future<VariableValue> call) {
    cluster.await(call::isComplete, "an answer");
    if (call.failed()) {
      return "`" + MabeamException.of(call.cause()).code() + "`";
    }
    return call.result().stale() ? "what is there, `stale`" : "as before";
  }

  private static <T> T answer(SimVariables cluster, Future<T> call) {
    cluster.await(call::isComplete, "an answer");
    if (call.failed()) {
      throw new AssertionError(call.cause().toString(), call.cause());
    }
    return call.result();
  }

  private static String name(String id) {
    return id.substring(0, id.indexOf('#')).toLowerCase(Locale.ROOT);
  }
}
