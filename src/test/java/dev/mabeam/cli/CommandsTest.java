package dev.mabeam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.variable.SessionToken;
import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandsTest {
  private static final String NODE =
      """
      {"id":"n1#1","name":"n1","incarnation":1,"status":"%s","capabilities":["gpu","ssd"],\
      "load":0.257,"agentCount":2,"zone":"eu","lastHeartbeat":1,"http":"","unknown":true}""";

  @TempDir Path directory;
  private ApiServer server;

  @BeforeEach
  void serve() throws IOException {
    server = new ApiServer();
  }

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void shouldShowTheClusterOnOneScreen() {
    server.answer("GET /api/v1/cluster", 200, cluster("normal", "active"));

    Run run = Run.of("status", "--url", server.url());

    assertEquals(0, run.exit(), run.err());
    assertTrue(
        run.out().startsWith("cluster c1 is normal: 1 node, view 3, coordinator n1#1"), run.out());
    assertTrue(run.out().contains("topology ring, 4 agents, 1 variable, 2 verticles\n"), run.out());
    assertTrue(
        run.out().contains("\ndecisions: n1#1 leads; 1 of 1 voters (n1#1) have to agree\n"),
        run.out());
    assertTrue(run.out().contains("n1#1  active  0.26  2     eu    gpu,ssd"), run.out());
  }

  @Test
  void shouldShowWhoIsCordonedAndNothingOfThePastOfWhoFailed() {
    String cordoned = NODE.formatted("active").replace("\"unknown\"", "\"cordoned\"");
    server.answer("GET /api/v1/nodes", 200, "[" + cordoned + "," + NODE.formatted("failed") + "]");
    Run nodes = Run.of("nodes", "--url", server.url());
    assertTrue(nodes.out().contains("n1#1  active,cordoned  0.26  2 "), nodes.out());
    assertTrue(nodes.out().contains("n1#1  failed           -     - "), nodes.out());

    server.answer("GET /api/v1/cluster", 200, cluster("normal", "failed"));
    Run status = Run.of("status", "--url", server.url());
    assertTrue(status.out().startsWith("cluster c1 is normal: 0 of 1 node, "), status.out());

    server.answer("GET /api/v1/nodes/n1", 200, cordoned);
    Run node = Run.of("nodes", "n1", "--url", server.url());
    assertTrue(node.out().matches("(?s).*lastHeartbeat +\\d+m ago.*"), node.out());
  }

  @Test
  void shouldSayThatAHostIsNotKnown() {
    Run status = Run.of("status", "--url", "http://no-such-host.invalid:1");
    assertEquals(4, status.exit());
    assertTrue(status.err().contains(":1: its host name is not known"), status.err());
  }

  @Test
  void shouldPrintTheApisOwnJson() {
    String cluster = cluster("normal", "active");
    server.answer("GET /api/v1/cluster", 200, cluster);
    server.answer("GET /api/v1/nodes", 200, "[" + NODE.formatted("active") + "]");

    Run status = Run.of("status", "-o", "json", "--url", server.url());
    assertEquals(new JsonObject(cluster), new JsonObject(status.out()));
    Run nodes = Run.of("nodes", "--output=json", "--url", server.url() + "/");
    assertEquals("n1#1", new JsonArray(nodes.out()).getJsonObject(0).getString("id"));
  }

  @Test
  void shouldFailTheCheckUnlessAllIsWell() {
    server.answer("GET /api/v1/cluster", 200, cluster("normal", "active"));
    assertEquals(0, Run.of("status", "--check", "--url", server.url()).exit());

    server.answer("GET /api/v1/cluster", 200, cluster("normal", "suspect"));
    Run suspect = Run.of("status", "--check", "--url", server.url());
    assertEquals(1, suspect.exit());
    assertTrue(suspect.err().startsWith("error: n1#1 is suspect"), suspect.err());

    server.answer("GET /api/v1/cluster", 200, cluster("read-only", "active"));
    assertEquals(1, Run.of("status", "--check", "--url", server.url()).exit());

    String headless = cluster("normal", "active").replace("\"leader\":\"n1#1\"", "\"leader\":\"\"");
    server.answer("GET /api/v1/cluster", 200, headless);
    Run check = Run.of("status", "--check", "--url", server.url());
    assertEquals(1, check.exit());
    assertTrue(check.err().startsWith("error: no leader is known"), check.err());
  }

  @Test
  void shouldAskForANodeByItsEncodedId() {
    server.answer("GET /api/v1/nodes/n1%231", 200, NODE.formatted("active"));

    Run run = Run.of("nodes", "n1#1", "--url", server.url());

    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().contains("capabilities   gpu,ssd"), run.out());
  }

  @Test
  void shouldDeployListAndUndeployVerticles() {
    String verticle =
        "{\"id\":\"v\",\"class\":\"a.B\",\"node\":\"n2#2\",\"since\":0,\"config\":{}}";
    server.answer("POST /api/v1/verticles", 201, verticle);
    server.answer("GET /api/v1/verticles", 200, "[" + verticle + "]");
    server.answer("DELETE /api/v1/verticles/v", 204, "");

    Run deploy =
        Run.of("verticles", "deploy", "a.B", "--id", "v", "--node", "n2", "--config", "{\"x\":1}",
            "--url", server.url());
    assertEquals("v runs on n2#2\n", deploy.out(), deploy.err());
    assertEquals(
        "POST /api/v1/verticles"
            + " {\"class\":\"a.B\",\"id\":\"v\",\"node\":\"n2\",\"config\":{\"x\":1}}",
        server.requests().get(0));
    Run list = Run.of("verticles", "list", "--url", server.url());
    assertTrue(list.out().contains("v         a.B    n2#2  1970-01-01T00:00:00Z"), list.out());
    Run undeploy = Run.of("verticles", "undeploy", "v", "--url", server.url());
    assertEquals("v is undeployed\n", undeploy.out());
  }

  @Test
  void shouldMoveRecoverAndDrain() {
    String move =
        "{\"agent\":\"c@1\",\"from\":\"n1#1\",\"to\":\"n2#2\",\"stage\":\"done\",\"at\":1,\"ms\":12.5,"
            + "\"epoch\":9,\"bytes\":64,\"phases\":{\"reserve\":1.0,\"pause\":2.0,\"transfer\":3.0,"
            + "\"flip\":4.0,\"fill\":1.5}}";
    server.answer("POST /api/v1/agents/c%401/migrate", 200, move);
    Run moved = Run.of("agents", "migrate", "c@1", "--to", "n2", "--url", server.url());
    assertEquals("c@1 runs on n2#2 at epoch 9: 64 bytes in 12.5 ms\n", moved.out(), moved.err());
    assertEquals(
        "POST /api/v1/agents/c%401/migrate {\"to\":\"n2\",\"dryRun\":false}",
        server.requests().get(0));

    server.answer(
        "POST /api/v1/agents/c%401/migrate",
        200,
        "{\"agent\":\"c@1\",\"from\":\"n1#1\",\"to\":\"n2#2\",\"possible\":false,\"error\":{\"code\":"
            + "\"NO_SUITABLE_NODES\",\"message\":\"n2#2: it is cordoned\",\"hint\":\"ask less\"}}");
    Run refused =
        Run.of("agents", "migrate", "c@1", "--to", "n2", "--dry-run", "--url", server.url());
    assertEquals(6, refused.exit());
    assertTrue(refused.err().contains("it is cordoned"), refused.err());

    server.answer(
        "GET /api/v1/migrations",
        200,
        "{\"running\":[],\"waiting\":[],\"queued\":3,\"recent\":[" + move + "],\"drains\":[{\"node\":"
            + "\"n3#3\",\"done\":false,\"moved\":2,\"waiting\":5,\"left\":[]}]}");
    Run migrations = Run.of("migrations", "--url", server.url());
    assertTrue(migrations.out().contains("done   12.5  10.5    64     9"), migrations.out());
    assertTrue(migrations.out().contains("3 more wait"), migrations.out());
    assertTrue(migrations.out().contains("n3#3 is being drained: 5 agents to go (2 moved)"));

    String drain = "POST /api/v1/nodes/n3/drain?timeoutMs=9500";
    server.answer(
        drain, 200, "{\"node\":\"n3#3\",\"done\":true,\"moved\":7,\"waiting\":0,\"left\":[]}");
    Run drained = Run.of("drain", "n3", "--url", server.url());
    assertEquals(0, drained.exit(), drained.err());
    assertEquals("n3#3 is drained: it has no agents any more (7 moved)\n", drained.out());
    server.answer(
        drain,
        200,
        "{\"node\":\"n3#3\",\"done\":true,\"moved\":7,\"waiting\":1,"
            + "\"left\":[{\"agent\":\"c\",\"why\":\"n1#1: it lacks gpu\"}]}");
    Run stuck = Run.of("drain", "n3", "--url", server.url());
    assertEquals(1, stuck.exit());
    assertTrue(stuck.out().contains("c: n1#1: it lacks gpu"), stuck.out());
    JsonArray many = new JsonArray();
    for (int i = 42; i > 0; i--) {
      many.add(new JsonObject().put("agent", "a" + (100 + i)).put("why", "it is cordoned"));
    }
    JsonObject left =
        new JsonObject()
            .put("node", "n3#3").put("done", true).put("moved", 0).put("waiting", 42)
            .put("left", many);
    server.answer(drain, 200, left.encode());
    String told = Run.of("drain", "n3", "--url", server.url()).out();
    assertTrue(told.contains("\n  a101: it is cordoned\n"), told);
    assertTrue(
        told.endsWith("\n  a110: it is cordoned\n  and 32 more; -o json has them all\n"), told);
    server.answer(
        drain,
        200,
        "{\"node\":\"n3#3\",\"done\":true,\"moved\":7,\"waiting\":0,\"copies\":2,\"left\":[]}");
    Run kept = Run.of("drain", "n3", "--url", server.url());
    assertEquals(1, kept.exit());
    assertEquals("n3#3 could not be drained; it keeps copies for 2 others (7 moved)\n", kept.out());
    server.answer("POST /api/v1/nodes/n3/undrain", 200, "{\"node\":\"n3\"}");
    assertEquals(
        "n3 gets agents again\n", Run.of("undrain", "n3", "--url", server.url()).out());
    server.answer("POST /api/v1/agents/c/recover", 200, "{\"id\":\"c\",\"node\":\"n1#1\"}");
    Run back = Run.of("agents", "recover", "c", "--accept-loss", "--url", server.url());
    assertEquals("c is recovered on n1#1\n", back.out(), back.err());
  }

  @Test
  void shouldDeployListShowAndUndeployAgents() {
    String agent =
        "{\"id\":\"c@1\",\"type\":\"counter\",\"node\":\"n2#2\",\"epoch\":3,\"status\":\"active\","
            + "\"config\":{\"x\":1}}";
    server.answer("POST /api/v1/agents", 201, agent);
    server.answer("GET /api/v1/agents", 200, "[" + agent + "]");
    server.answer("GET /api/v1/agents/c%401", 200, agent);
    server.answer("DELETE /api/v1/agents/c%401", 204, "");

    Run deploy =
        Run.of("agents", "deploy", "counter", "--id", "c@1", "--capability", "gpu",
            "--capability", "ssd", "--memory", "64", "--cpu", "0.5", "--config", "{\"x\":1}",
            "--url", server.url());
    assertEquals("c@1 runs on n2#2\n", deploy.out(), deploy.err());
    assertEquals(
        "POST /api/v1/agents {\"id\":\"c@1\",\"type\":\"counter\",\"requirements\":"
            + "{\"capabilities\":[\"gpu\",\"ssd\"],\"memoryMb\":64,\"cpuWeight\":0.5},"
            + "\"config\":{\"x\":1}}",
        server.requests().get(0));
    Run list = Run.of("agents", "list", "--url", server.url());
    assertTrue(list.out().contains("c@1    counter  n2#2  3      active"), list.out());
    Run show = Run.of("agents", "show", "c@1", "--url", server.url());
    assertTrue(show.out().contains("config  {\"x\":1}"), show.out());
    Run undeploy = Run.of("agents", "undeploy", "c@1", "--url", server.url());
    assertEquals("c@1 is undeployed\n", undeploy.out(), undeploy.err());
  }

  @Test
  void shouldAskAndTellAgents() {
    server.answer("POST /api/v1/agents/a/ask?timeoutMs=9500", 200, "{\"count\":3}");
    server.answer("POST /api/v1/agents/b/ask?timeoutMs=2500", 200, "\"hello\"");
    server.answer("POST /api/v1/agents/a/tell", 202, "{\"id\":\"a\"}");

    Run ask = Run.of("agents", "ask", "a", "{\"add\":1}", "--url", server.url());
    assertEquals(new JsonObject().put("count", 3), new JsonObject(ask.out()), ask.err());
    Run json = Run.of("agents", "ask", "a", "{\"add\":1}", "-o", "json", "--url", server.url());
    assertEquals("{\"count\":3}\n", json.out());
    Run text = Run.of("agents", "ask", "b", "hi", "--timeout", "3s", "--url", server.url());
    assertEquals("hello\n", text.out(), text.err());
    Run tell = Run.of("agents", "tell", "a", "17", "--text", "--url", server.url());
    assertEquals("a was told\n", tell.out(), tell.err());
    assertEquals(
        List.of(
            "POST /api/v1/agents/a/ask?timeoutMs=9500 {\"add\":1}",
            "POST /api/v1/agents/a/ask?timeoutMs=9500 {\"add\":1}",
            "POST /api/v1/agents/b/ask?timeoutMs=2500 \"hi\"",
            "POST /api/v1/agents/a/tell \"17\""),
        server.requests());
  }

  @Test
  void shouldNumberWhatCanBeSentAgain() {
    server.answer("POST /api/v1/agents/a/ask?timeoutMs=9500", 200, "1");
    Run ask =
        Run.of("agents", "ask", "a", "1", "--session", "s", "--sequence", "7", "--floor", "5",
            "--age", "9", "--url", server.url());
    assertEquals("1\n", ask.out(), ask.err());
    assertEquals(
        Set.of(
            "POST /api/v1/agents/a/ask?timeoutMs=9500 1",
            "mabeam-session: s",
            "mabeam-sequence: 7",
            "mabeam-floor: 5",
            "mabeam-age: 9"),
        Set.copyOf(server.requests()));
    Run half = Run.of("agents", "tell", "a", "1", "--session", "s", "--url", server.url());
    assertEquals(2, half.exit(), half.err());
    assertTrue(half.err().contains("Mabeam-Sequence"), half.err());
    assertEquals(5, server.requests().size(), "nothing was sent");
  }

  @Test
  void shouldDistributeReadAndWriteVariables() {
    String variable =
        "{\"name\":\"total\",\"replicationFactor\":2,\"consistency\":\"eventual\",\"sync\":\"gossip\","
            + "\"conflict\":\"merge_function\",\"merge\":\"map-by-key\",\"master\":\"n1#1\",\"epoch\":1,"
            + "\"replicas\":[\"n1#1\",\"n2#2\"]}";
    String value =
        "{\"name\":\"total\",\"value\":{\"n1\":1},\"version\":{\"s\":1},\"siblings\":[],"
            + "\"node\":\"n2#2\",\"token\":\"\",\"deleted\":false}";
    server.answer("POST /api/v1/variables", 201, variable);
    server.answer("GET /api/v1/variables?limit=1000", 200, "[" + variable + "]");
    server.answer("GET /api/v1/variables/total?timeoutMs=9500", 200, value);
    server.answer("PUT /api/v1/variables/total?timeoutMs=9500", 200, value);

    Run distribute =
        Run.of("variables", "distribute", "total", "--replicas", "2", "--value", "{}", "--url",
            server.url());
    assertEquals("total is kept by n1#1,n2#2\n", distribute.out(), distribute.err());
    Run list = Run.of("variables", "list", "--url", server.url());
    assertTrue(
        list.out().contains("eventual     gossip  merge_function(map-by-key)  n1#1"), list.out());
    assertEquals("", list.err());
    Run get = Run.of("variables", "get", "total", "--url", server.url());
    assertEquals(new JsonObject().put("n1", 1), new JsonObject(get.out()), get.err());
    Run whole = Run.of("variables", "get", "total", "-o", "json", "--url", server.url());
    assertEquals(new JsonObject(value), new JsonObject(whole.out()));
    Run set =
        Run.of("variables", "set", "total", "{\"n1\":1}", "--acks", "majority", "--url",
            server.url());
    assertEquals("total is written at n2#2\n", set.out(), set.err());
    assertEquals(
        "POST /api/v1/variables {\"name\":\"total\",\"replicationFactor\":2,\"value\":{}}",
        server.requests().get(0));
    assertEquals(
        "PUT /api/v1/variables/total?timeoutMs=9500"
            + " {\"value\":{\"n1\":1},\"acks\":\"majority\"}",
        server.requests().get(4));
  }

  @Test
  void shouldListVariablesPageByPage() {
    String page =
        "[{\"name\":\"a b\",\"conflict\":\"x\",\"replicas\":[]},"
            + "{\"name\":\"c d\",\"conflict\":\"x\",\"replicas\":[]}]";
    Map<String, String> total = Map.of("Mabeam-Total", "5");
    server.answer("GET /api/v1/variables?limit=2", 200, page, total);
    server.answer("GET /api/v1/variables?limit=2&after=c%20d", 200, page, total);
    server.answer("GET /api/v1/variables?limit=3&after=c%20d", 200, page, total);
    String more = "these are 2 of 5; for more: --after 'c d'\n";
    Run first = Run.of("variables", "list", "--limit", "2", "--url", server.url());
    assertEquals(more, first.err());
    Run next =
        Run.of(
            "variables", "ls", "--limit", "2", "--after", "c d", "-o", "json", "--url",
            server.url());
    assertEquals(new JsonArray(page), new JsonArray(next.out()));
    assertEquals(more, next.err());
    Run last =
        Run.of("variables", "list", "--limit", "3", "--after", "c d", "--url", server.url());
    assertEquals("", last.err(), "less came than would have fitted");
    assertEquals(
        2, Run.of("variables", "list", "--limit", "many", "--url", server.url()).exit());
  }

  @Test
  void shouldSayHowAVariableIsDistributedReadAndWritten() throws IOException {
    String token = SessionToken.of("v", VersionVector.of("s", 3)).encode();
    String value =
        "{\"name\":\"v\",\"value\":1,\"version\":{\"s\":3},\"siblings\":[2],\"node\":\"n1#1\","
            + "\"stale\":true,\"deleted\":false,\"token\":\"" + token + "\"}";
    server.answer("POST /api/v1/variables", 201, "{\"replicas\":[\"n1#1\"]}");
    String read = "/api/v1/variables/v?timeoutMs=9500&consistency=session";
    server.answer("GET " + read + "&stale=true", 200, value);
    server.answer("PUT /api/v1/variables/v?timeoutMs=1500", 200, value);
    server.answer("DELETE " + read + "&acks=majority", 200, value);

    Run.of("variables", "distribute", "v", "--consistency", "causal", "--sync", "multi_master",
        "--conflict", "consensus", "--url", server.url());
    assertEquals(
        "POST /api/v1/variables {\"name\":\"v\",\"consistency\":\"causal\","
            + "\"sync\":\"multi_master\",\"conflict\":\"consensus\"}",
        server.requests().get(0));

    Path file = directory.resolve("session");
    Run get =
        Run.of("variables", "get", "v", "--consistency", "session", "--stale", "--token",
            "@" + file, "--url", server.url());
    assertEquals("1\n", get.out(), get.err());
    assertTrue(get.err().contains("variables set v VALUE --seen '{\"s\":3}'"), get.err());
    assertTrue(get.err().contains("n1#1 did not make sure"), get.err());
    assertEquals(token, Files.readString(file).strip(), "for the session's next call");
    assertEquals(2, server.requests().size(), "a session that begins has no token");

    Run set =
        Run.of("variables", "set", "v", "3", "--gossip-fanout", "5", "--expected", "1", "--seen",
            "{\"s\":3}", "--consistency", "strong", "--token", "@" + file, "--timeout", "2s",
            "--url", server.url());
    assertEquals("v is written at n1#1\n", set.out(), set.err());
    assertEquals(
        List.of(
            "PUT /api/v1/variables/v?timeoutMs=1500 {\"value\":3,\"gossipFanout\":5,\"expected\":1,"
                + "\"seen\":{\"s\":3},\"consistency\":\"strong\"}",
            "mabeam-token: " + token),
        server.requests().subList(2, 4));

    Run delete =
        Run.of("variables", "delete", "v", "--consistency", "session", "--acks", "majority",
            "--token", token, "--url", server.url());
    assertEquals("v is deleted at n1#1\n", delete.out(), delete.err());
    assertEquals("mabeam-token: " + token, server.requests().get(5));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "get v --consistency strongest | offered: eventual, session, causal, strong",
        "get v --token nonsense | give back the token of an earlier answer",
        "set v 1 --seen 4 | --seen is no JSON object",
        "set v 1 --gossip-fanout few | --gossip-fanout",
        "distribute v --sync pigeons | offered: gossip, leader_follower, multi_master, blockchain",
        "distribute v --conflict dice | offered: last_writer_wins",
        "distribute v --consistency weak | offered: eventual",
        "watch v --count 0 | --count is at least 1",
        "delete | missing required parameter",
        "explain | missing required parameter",
        "export | missing required parameter",
        "verify | give either the NAME of a variable or a copy with --file",
        "verify v --file v.ledger | give either the NAME of a variable or a copy with --file",
        "verify v --checkpoint x | --checkpoint and --roster go with --file",
        "verify v --roster x | --checkpoint and --roster go with --file",
        "forget v | mabeam variables --help",
      })
  void shouldHelpWhoeverAsksVariablesWrongly(String arguments, String help) {
    String[] line = ("variables " + arguments + " --url " + server.url()).split(" ");
    Run run = Run.of(line);
    assertEquals(2, run.exit(), run.err());
    assertTrue(run.err().toLowerCase(Locale.ROOT).contains(help.toLowerCase(Locale.ROOT)), run.err());
    assertEquals(List.of(), server.requests(), "nothing was sent");
  }

  @Test
  void shouldExplainAVariable() {
    server.answer(
        "GET /api/v1/variables/v/explain",
        200,
        """
        {"name":"v","replicationFactor":2,"consistency":"eventual","sync":"gossip",
        "conflict":"merge_function","merge":"max","master":"n1#1","epoch":4,
        "replicas":["n1#1","n2#2"],"behind":["n2#2"],"standings":[
        {"node":"n1#1","role":"serving","value":7,"version":{"s1":3,"s2":1},"siblings":[5],
         "hidden":false,"behind":false},
        {"node":"n2#2","role":"serving","value":5,"version":{"s1":2},"siblings":[],
         "hidden":true,"behind":true},
        {"node":"n3#3","role":"unreachable","value":null,"version":{},"siblings":[],
         "hidden":false,"behind":false}]}""");
    Run run = Run.of("variables", "explain", "v", "--url", server.url());
    assertEquals(0, run.exit(), run.err());
    assertTrue(
        run.out().startsWith("v is eventual, by gossip, merge_function(max); its master is n1#1 at"
            + " epoch 4\n\nREPLICA  ROLE"),
        run.out());
    assertTrue(run.out().contains("n1#1     serving      1         no               s1:3,s2:1  7"), run.out());
    assertTrue(run.out().contains("n2#2     serving      0         yes, hides some  s1:2       5"), run.out());
    assertTrue(
        run.out().contains("n3#3     unreachable  0         ?                -          -"),
        run.out());
    assertTrue(run.out().contains("beside it: 5"), run.out());
  }

  @Test
  void shouldTellWhatANodeFindsInALedger() {
    String verdict =
        """
        {"name":"v","life":1,"holds":%s,"blocks":5,"height":4,"certifiedHeight":3,
         "checkpoint":"mabeam-checkpoint-1:v","rosters":["ab"],"evidence":%d,"fault":%s,
         "node":"n2#2"}""";
    String path = "GET /api/v1/variables/v/verify";
    server.answer(path, 200, verdict.formatted(true, 0, null));
    Run holds = Run.of("variables", "verify", "v", "--url", server.url());
    assertEquals(0, holds.exit(), holds.err());
    assertEquals(
        List.of(
            "v holds", "5 blocks hold, up to height 4; certified up to height 3",
            "checked by node n2#2", "signed by the keys of roster ab",
            "checkpoint mabeam-checkpoint-1:v"),
        holds.out().lines().toList());
    String fault = "{\"reason\":\"equivocation\",\"height\":5,\"block\":\"cd\",\"text\":\"twice\"}";
    server.answer(path, 200, verdict.formatted(false, 1, fault));
    Run broken = Run.of("variables", "verify", "v", "--url", server.url());
    assertEquals(1, broken.exit());
    assertTrue(
        broken.out().startsWith("DOES NOT HOLD: equivocation at height 5: twice\n"), broken.out());
    assertTrue(broken.out().contains("signed twice: 1 times"), broken.out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"verify", "export"})
  void shouldSayThatAVariableIsNoLedgerOrIsNotThere(String command) {
    server.answer(
        "GET /api/v1/variables/v/" + command,
        400,
        "{\"error\":{\"code\":\"INVALID\",\"message\":\"variable 'v' has no chain of blocks\"}}");
    Run none = Run.of("variables", command, "v", "--url", server.url());
    assertEquals(2, none.exit());
    assertTrue(none.err().startsWith("error: variable 'v' has no chain of blocks"), none.err());
    Run missing = Run.of("variables", command, "w", "--url", server.url());
    assertEquals(3, missing.exit(), missing.err());
    server.answer("GET /api/v1/variables/v/" + command, 200, "<html>hello</html>");
    assertEquals(4, Run.of("variables", command, "v", "--url", server.url()).exit());
    assertFalse(Files.exists(Path.of("v.ledger")));
  }

  @Test
  void shouldWatchAVariable() {
    String change =
        "{\"name\":\"v\",\"value\":%d,\"version\":{},\"siblings\":[],\"node\":\"n1#1\","
            + "\"skipped\":%d}\n";
    String lines = change.formatted(1, 0) + "\n" + change.formatted(2, 0) + change.formatted(3, 4);
    server.answer("GET /api/v1/variables/v/watch", 200, lines);
    Run two =
        Run.of("variables", "watch", "v", "--count", "2", "-o", "json", "--url", server.url());
    assertEquals(0, two.exit(), two.err());
    assertEquals(change.formatted(1, 0) + change.formatted(2, 0), two.out());
    Run ended = Run.of("variables", "watch", "v", "--url", server.url());
    assertEquals(4, ended.exit(), "the node ended it");
    assertTrue(ended.out().strip().endsWith("3  (4 missed before)"), ended.out());
    Run none = Run.of("variables", "watch", "w", "--url", server.url());
    assertEquals(3, none.exit(), none.err());
  }

  @Test
  void shouldExplainAPlacement() throws IOException {
    server.answer(
        "POST /api/v1/placement/explain",
        200,
        """
        {"agent":"","node":"n1#1","nodes":[
        {"node":"n1#1","suitable":true,"refusals":[],"total":0.974,"scores":
        {"resource":1.0,"load":0.88,"capability":1.0,"network":1.0,"affinity":1.0}},
        {"node":"n2#2","suitable":false,"refusals":["it lacks gpu"],"total":0.0,"scores":{}}]}""");

    Run run = Run.of("placement", "explain", "{\"type\":\"counter\"}", "--url", server.url());
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().startsWith("it would go to n1#1\n\nNODE  TOTAL"), run.out());
    assertTrue(run.out().contains("n1#1  0.97   1.00      0.88  1.00        1.00"), run.out());
    assertTrue(run.out().strip().endsWith("it lacks gpu"), run.out());

    Path file = Files.writeString(directory.resolve("spec.json"), "{\"type\":\"x\"}");
    Run.of("placement", "explain", "@" + file, "--url", server.url());
    assertEquals("POST /api/v1/placement/explain {\"type\":\"x\"}", server.requests().get(1));
    Run missing = Run.of("placement", "explain", "@" + directory + "/no", "--url", server.url());
    assertEquals(2, missing.exit());
    assertTrue(missing.err().contains("no such file"), missing.err());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a\":1} | {\"a\":1}", "[1,2] | [1,2]", "17 | 17", "\"17\" | \"17\"", "true | true",
        "hello world | \"hello world\"", "{broken | \"{broken\""
      })
  void shouldSendABodyAsTheJsonThatItIs(String typed, String sent) {
    server.answer("POST /api/v1/bus/publish", 202, "");

    Run run = Run.of("publish", "news", typed, "--url", server.url());

    assertEquals(0, run.exit(), run.err());
    assertEquals(
        "POST /api/v1/bus/publish {\"address\":\"news\",\"body\":" + sent + "}",
        server.requests().get(0));
  }

  @Test
  void shouldSendABodyAsTextIfAskedTo() {
    server.answer("POST /api/v1/bus/publish", 202, "");

    Run.of("publish", "news", "17", "--text", "--url", server.url());

    assertTrue(server.requests().get(0).endsWith("\"body\":\"17\"}"), server.requests().get(0));
  }

  @Test
  void shouldPrintTheAnswerToARequest() {
    server.answer("POST /api/v1/bus/request", 200, "{\"body\":\"hello\"}");
    assertEquals("hello\n", Run.of("request", "greet", "x", "--url", server.url()).out());

    server.answer("POST /api/v1/bus/request", 200, "{\"body\":{\"n\":1}}");
    Run run = Run.of("request", "greet", "x", "--timeout", "3s", "--url", server.url());
    assertEquals(new JsonObject().put("n", 1), new JsonObject(run.out()));
    assertTrue(server.requests().get(1).contains("\"timeoutMs\":2500"), server.requests().get(1));
  }

  @Test
  void shouldShowEventsAsLines() {
    server.answer(
        "GET /api/v1/events?limit=7&type=node",
        200,
        """
        {"events":[{"id":"n1#1/4","origin":"n1#1","number":4,"at":0,"type":"node.joined",\
        "node":"n2#2","zone":"eu"}]}""");

    Run run = Run.of("events", "--limit", "7", "--type", "node", "--url", server.url());

    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().strip().endsWith("node.joined          node=n2#2 zone=eu"), run.out());
  }

  @Test
  void shouldSayHowMuchOfAnAgentIsKept() {
    server.answer("POST /api/v1/agents", 201, "{\"id\":\"x\",\"node\":\"n1#1\"}");

    Run run =
        Run.of(
            "agents", "deploy", "counter", "--id", "x", "--durability", "checkpointed", "--every",
            "5", "--within", "70", "--url", server.url());

    assertEquals(0, run.exit(), run.err());
    assertEquals(
        "POST /api/v1/agents {\"id\":\"x\",\"type\":\"counter\",\"durability\":\"checkpointed\","
            + "\"pace\":{\"messages\":5,\"millis\":70}}",
        server.requests().get(0));
  }

  @Test
  void shouldAskANodeToJoin() {
    server.answer("POST /api/v1/cluster/join", 202, "");

    Run run = Run.of("join", "h:1", "h:2", "--url", server.url());

    assertEquals(0, run.exit(), run.err());
    assertEquals(
        "POST /api/v1/cluster/join {\"seeds\":[\"h:1\",\"h:2\"]}", server.requests().get(0));
  }

  @Test
  void shouldPresentTheTokenOfTheFile() throws IOException {
    server.answer("GET /api/v1/nodes", 200, "[]");
    Path token = Files.writeString(directory.resolve("token"), "s3cret\n");

    Run.of("nodes", "--token-file", token.toString(), "--url", server.url());
    assertEquals("GET /api/v1/nodes Bearer s3cret", server.requests().get(0));

    Run missing = Run.of("nodes", "--token-file", directory + "/none", "--url", server.url());
    assertEquals(78, missing.exit());
    assertTrue(missing.err().contains("no such file"), missing.err());
  }

  @ParameterizedTest
  @EnumSource(ErrorCode.class)
  void shouldExitAsTheErrorSays(ErrorCode code) {
    server.answer(
        "GET /api/v1/nodes",
        code.status(),
        "{\"error\":{\"code\":\"" + code + "\",\"message\":\"it broke\",\"hint\":\"mend it\"}}");

    Run run = Run.of("nodes", "--url", server.url());

    assertEquals(code.exitCode(), run.exit());
    assertEquals("error: it broke\nhint: mend it\n", run.err());
    assertEquals("", run.out());
  }

  @Test
  void shouldSayThatNobodyIsThere() {
    server.close();

    Run run = Run.of("status", "--url", server.url());

    assertEquals(4, run.exit());
    assertTrue(run.err().startsWith("error: no node can be reached at " + server.url()), run.err());
    assertTrue(run.err().contains("\nhint: "), run.err());
  }

  @Test
  void shouldSayThatSomethingElseIsThere() {
    server.answer("GET /api/v1/cluster", 200, "<html>hello</html>");
    Run page = Run.of("status", "--url", server.url());
    assertEquals(4, page.exit());
    assertTrue(page.err().contains("no mabeam node"), page.err());

    server.answer("GET /api/v1/cluster", 502, "bad gateway");
    assertEquals(4, Run.of("status", "--url", server.url()).exit());
  }

  @Test
  void shouldNotWaitLongerThanItWasTold() {
    server.answer("GET /api/v1/cluster", 0, "");

    Run run = Run.of("status", "--timeout", "200ms", "--url", server.url());

    assertEquals(6, run.exit());
    assertTrue(run.err().contains("did not answer within 200 ms"), run.err());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "statuss | did you mean status?",
        "node --grid-prot=1 | did you mean --grid-port?",
        "status --ulr | did you mean --url?",
        "verticles dploy | did you mean deploy?",
        "agents dploy | did you mean deploy?",
        "agnets list | did you mean agents or agent?",
        "variables distrbute | did you mean distribute?",
        "agents deploy counter --id x --capabilty gpu | did you mean --capability?",
        "agents | 'mabeam agents --help' tells what there is",
        "agents deploy counter | 'mabeam agents deploy --help' tells what there is",
        "agents deploy counter --id x --memory much | 'mabeam agents deploy --help' tells what there is",
        "agents deploy counter --id x --every 5 | 'mabeam agents deploy --help' tells what there is",
        "agents deploy counter --id x --config 1 | write it as '{\"key\":\"value\"}', in single quotes",
        "placement explain x | write it as '{\"key\":\"value\"}', in single quotes",
        "frobnicate | 'mabeam --help' tells what there is",
        "status --timeout soon | 'mabeam status --help' tells what there is",
        "status -o xml | 'mabeam status --help' tells what there is",
        "publish here | 'mabeam publish --help' tells what there is",
        "verticles | 'mabeam verticles --help' tells what there is",
        "status --url nonsense | write it as http://127.0.0.1:8080",
        "bench formation --runs 0 | 'mabeam bench formation --help' tells what there is",
        "bench placement --nodes 0 | 'mabeam bench placement --help' tells what there is",
        "bench messages --round 1h | 'mabeam bench messages --help' tells what there is",
        "bench agents --agents 0 | 'mabeam bench agents --help' tells what there is",
        "bench messages --outstanding 0 | 'mabeam bench messages --help' tells what there is",
        "demo --nodes 0 | 'mabeam demo --help' tells what there is",
        "demo --http-port 65530 | 'mabeam demo --help' tells what there is",
        "demo --http-port -1 | 'mabeam demo --help' tells what there is",
        "demo --base-port 65525 --nodes 2 | 'mabeam demo --help' tells what there is",
        "node --link-port 70000 | choose a port from 1 to 65535",
        "node --grid-port 65532 | choose a port from 1 to 65531",
        "node --link-port 7801 | grid, bus, link, HTTP and the grid's port plus 4 are five ports",
        "node --bus-port 7804 | grid, bus, link, HTTP and the grid's port plus 4 are five ports",
        "node --topology tree | use ring, mesh or star",
        "node --memory -1 | it is at least 0",
        "node --cpu NaN | it is at least 0",
        "node --join-timeout 0s | it is at least 1",
        "node --capability= | use words without spaces",
        "verticles deploy a.B --config x | write it as '{\"key\":\"value\"}', in single quotes"
      })
  void shouldExitWithUsageAndAHint(String line, String hint) {
    Run run = Run.of(line.split(" "));

    assertEquals(2, run.exit(), run.err());
    assertTrue(run.err().startsWith("error: "), run.err());
    assertEquals("hint: " + hint, run.err().lines().skip(1).findFirst().orElse(""), run.err());
  }

  @Test
  void shouldListCommandsAndExitCodesInItsHelp() {
    Run help = Run.of("--help");
    assertEquals(0, help.exit());
    assertTrue(help.out().contains("78   unsupported Java, or bad configuration"), help.out());
    assertFalse(help.out().contains("warm-up"), help.out());
    assertEquals(2, Run.of().exit());
    assertTrue(Run.of("--version").out().startsWith("mabeam "));
  }

  @Test
  void shouldSayThatTheDemosPortsOverlap() {
    Run run = Run.of("demo", "--base-port", "31000", "--http-port", "31012");

    assertEquals(5, run.exit(), run.err());
    assertTrue(run.err().startsWith("error: port 31012 is needed twice"), run.err());
    assertEquals("", run.out());
  }

  @Test
  void shouldMaskTheTokenOfAConfiguration() throws IOException {
    Path token = Files.writeString(directory.resolve("token"), "s3cret");

    Run run = Run.of("config", "print", "--token-file", token.toString(), "--name", "x", "--seed",
        "a:1", "--seed", "b:2", "--join-timeout", "5s", "--bootstrap");

    JsonObject options = new JsonObject(run.out());
    assertEquals("***", options.getString("token"));
    assertEquals("x", options.getString("name"));
    assertEquals(new JsonArray().add("a:1").add("b:2"), options.getJsonArray("seeds"));
    assertEquals(5000, options.getInteger("joinTimeoutMs"));
    assertTrue(options.getBoolean("bootstrap"));
  }

  @Test
  void shouldPrintACompletionThatBashAccepts() throws Exception {
    Path script = Files.writeString(directory.resolve("completion"), Run.of("completion").out());
    Process bash =
        new ProcessBuilder(
                "bash", "-c",
                "source " + script + " && COMP_WORDS=(mabeam agents dep) COMP_CWORD=2"
                    + " && COMP_LINE='mabeam agents dep' && _complete_mabeam"
                    + " && echo \"${COMPREPLY[@]}\"")
            .redirectErrorStream(true)
            .start();
    String said = new String(bash.getInputStream().readAllBytes());
    assertEquals(0, bash.waitFor(), said);
    assertTrue(said.contains("deploy"), said);
  }

  private static String cluster(String mode, String status) {
    return """
        {"id":"c1","mode":"%s","view":3,"coordinator":"n1#1","topology":"ring","node":"n1#1",\
        "version":"1","verticles":2,"agents":4,"variables":1,\
        "consensus":{"leader":"n1#1","voters":["n1#1"],"quorum":1},"nodes":[%s]}"""
        .formatted(mode, NODE.formatted(status));
  }
}
