package dev.mabeam.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.Mabeam;
import dev.mabeam.agent.Agent;
import dev.mabeam.agent.AgentSpec;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.placement.Requirements;
import dev.mabeam.placement.Rule;
import dev.mabeam.testing.TestCluster;
import dev.mabeam.variable.VariableOptions;
import dev.mabeam.variable.WriteOptions;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sample's agents on two real nodes: the reader and one counter on one, two on the other. */
class SampleTest {
  private static final String TOTAL = "total";
  private static final List<String> COUNTERS = List.of("c0", "c1", "c2");

  private static TestCluster cluster;
  @TempDir Path directory;
  private Mabeam node;

  @BeforeAll
  static void start() {
    cluster = TestCluster.start(2);
    cluster.await(
        "the variable",
        cluster
            .node("n1")
            .variables()
            .distribute(TOTAL, VariableOptions.DEFAULT.withMerge("map-by-key")));
  }

  @AfterAll
  static void close() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @BeforeEach
  void deploy() {
    node = cluster.node("n1");
    deploy("c0", "n1", CounterAgent.class, new JsonObject().put("variable", TOTAL));
    deploy("c1", "n2", CounterAgent.class, new JsonObject().put("variable", TOTAL));
    deploy("c2", "n2", CounterAgent.class, new JsonObject().put("variable", TOTAL));
    JsonArray roots = new JsonArray().add(directory.toUri().toString());
    deploy("r", "n1", ReaderAgent.class, new JsonObject().put("roots", roots));
  }

  @AfterEach
  void undeploy() {
    node.agents().list().forEach(agent -> undeploy(agent.id()));
  }

  @Test
  void shouldCountAsTheOrdinaryToolsDo() throws Exception {
    Random random = new Random(7);
    for (int size : new int[] {0, 1, 100, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3_000_000}) {
      byte[] bytes = new byte[size];
      random.nextBytes(bytes);
      for (int i = 0; i < size; i++) {
        bytes[i] = bytes[i] == 0 ? (byte) ' ' : bytes[i];
      }
      Files.write(directory.resolve("random-" + size), bytes);
    }
    Files.writeString(
        directory.resolve("words"), "Grüße, Welt! x2 X2\nno newline", StandardCharsets.UTF_8);

    long words = 0;
    for (Path file : files()) {
      words += read(1, file, COUNTERS);
    }

    Map<String, Long> counts = counts(1);
    assertEquals(byTools(), counts);
    assertEquals(words, counts.values().stream().mapToLong(Long::longValue).sum());
  }

  @Test
  void shouldCountOnceWhatIsAskedTwice() throws Exception {
    Path file = Files.writeString(directory.resolve("f"), "a b a");

    assertEquals(3, read(1, file, COUNTERS));
    assertEquals(3, read(1, file, COUNTERS));

    assertEquals(Map.of("a", 2L, "b", 1L), counts(1));
  }

  @Test
  void shouldCountOnceWhenAcknowledgementsAreLost() throws Exception {
    Path file = Files.writeString(directory.resolve("f"), "one two three four five");
    deploy("lossy", "n2", Lossy.class, new JsonObject().put("to", "c1"));

    assertEquals(5, read(1, file, List.of("lossy")));

    assertEquals(5, counts(1).values().stream().mapToLong(Long::longValue).sum());
    assertEquals(3, ask("lossy", new JsonObject().put("do", "tell")).getInteger("parts"));
  }

  @Test
  void shouldGoOnAtAnotherNodeWhereItWas() throws Exception {
    Path file = Files.writeString(directory.resolve("f"), "a b a");
    JsonArray roots = new JsonArray().add(directory.toUri().toString());
    cluster.await(
        "deployment",
        node.agents()
            .deploy(
                AgentSpec.of("mover", ReaderAgent.class)
                    .withConfig(new JsonObject().put("roots", roots))));
    JsonObject before = ask("mover", reading(1, file, COUNTERS));
    String to = before.getString("node").startsWith("n1#") ? "n2" : "n1";
    Files.writeString(file, "nobody reads this any more");

    cluster.await("the move", node.agents().migrate("mover", to));
    JsonObject after = ask("mover", reading(1, file, COUNTERS));

    assertTrue(after.getString("node").startsWith(to + "#"), after::encode);
    assertEquals(3, after.getLong("words"), after::encode);
    assertTrue(after.getBoolean("done"), after::encode);
    assertEquals(Map.of("a", 2L, "b", 1L), counts(1));
  }

  @Test
  void shouldForgetAPassWhenTheNextBegins() throws Exception {
    Path file = Files.writeString(directory.resolve("f"), "a b c d e f g");
    read(1, file, COUNTERS);
    Files.writeString(file, "z");
    read(2, file, COUNTERS);

    assertEquals(Map.of("z", 1L), counts(2));
    assertEquals(ErrorCode.CONFLICT, failure("r", reading(1, file, COUNTERS)));
    assertEquals(ErrorCode.CONFLICT, failure("c0", of("total", 1)));
  }

  @Test
  void shouldHearOfTheNextPassWhileACounterIsMissing() throws Exception {
    Path file = Files.writeString(directory.resolve("f"), "a b c");

    JsonObject answer = ask("r", reading(1, file, List.of("nobody")));

    assertFalse(answer.getBoolean("done"), answer::encode);
    assertEquals(0, answer.getLong("words"));
    assertTrue(answer.getString("trouble").contains("nobody"), answer::encode);
    assertEquals(3, read(2, file, COUNTERS));
  }

  @Test
  void shouldRefuseAFileThatIsNotUnderItsRoots() {
    assertEquals(
        ErrorCode.FORBIDDEN, failure("r", reading(1, Path.of("/etc/hostname"), COUNTERS)));
    Path outside = directory.resolve("../../../../etc/hostname");
    assertEquals(ErrorCode.FORBIDDEN, failure("r", reading(1, outside, COUNTERS)));
  }

  @Test
  void shouldWriteItsSliceOfTheTotalAndChangeNothingByARepeat() throws Exception {
    Path file = Files.writeString(directory.resolve("f"), "w x y z z y".repeat(3));
    read(4, file, COUNTERS);

    long words = 0;
    for (String counter : COUNTERS) {
      words += ask(counter, of("total", 4)).getLong("words");
    }
    assertEquals(16, words);
    awaitTotal(4, 16);

    for (String counter : COUNTERS) {
      ask(counter, of("total", 4));
      ask(counter, of("total", 4));
    }
    awaitTotal(4, 16);
  }

  @Test
  void shouldNotLetAnEarlierActivationUndoALaterOne() throws Exception {
    Path file = Files.writeString(directory.resolve("f"), "a b c");
    read(7, file, List.of("c0"));
    ask("c0", of("total", 7));
    long earlier = node.agents().get("c0").orElseThrow().epoch();
    undeploy("c0");
    deploy("c0", "n2", CounterAgent.class, new JsonObject().put("variable", TOTAL));
    Files.writeString(file, "a b c d");
    read(8, file, List.of("c0"));
    ask("c0", of("total", 8));

    JsonObject late = new JsonObject().put("pass", 7).put("words", 3).put("different", 3);
    WriteOptions options = new WriteOptions(WriteOptions.MAJORITY).slice("c0", earlier);
    MabeamException refused =
        assertThrows(MabeamException.class, () -> result(node.variables().set(TOTAL, late, options)));

    assertEquals(ErrorCode.STALE_EPOCH, refused.code());
    assertEquals(4, slice("c0").getLong("words"));
  }

  /** Passes on what it gets, and loses the first two answers. */
  public static final class Lossy extends dev.mabeam.agent.AgentVerticle {
    private int parts;

    @Override
    public Future<?> receive(dev.mabeam.agent.AgentMessage message) {
      if (message.json().getString("do").equals("tell")) {
        return Future.succeededFuture(new JsonObject().put("parts", parts));
      }
      parts++;
      MabeamException lost = new MabeamException(ErrorCode.UNAVAILABLE, "the answer is lost");
      return agent()
          .agents()
          .ask(config().getString("to"), message.body())
          .compose(
              answer -> parts > 2 ? Future.succeededFuture(answer) : Future.failedFuture(lost));
    }
  }

  private void deploy(String id, String on, Class<? extends Agent> type, JsonObject config) {
    Rule there = new Rule(Rule.Target.NODE, on, 1, true);
    Requirements requirements =
        new Requirements(0, 0, List.of(), List.of(), List.of(), List.of(there), List.of());
    cluster.await(
        "deployment of " + id,
        node.agents()
            .deploy(AgentSpec.of(id, type).withRequirements(requirements).withConfig(config)));
  }

  private void undeploy(String id) {
    cluster.await("end of " + id, node.agents().undeploy(id));
  }

  private static <T> T result(Future<T> future) throws TimeoutException {
    return future.await(30, TimeUnit.SECONDS);
  }

  private JsonObject ask(String id, JsonObject message) {
    return (JsonObject) cluster.await("an answer of " + id, asking(id, message));
  }

  /** What a stopped or busy machine makes late is not lost. */
  private Future<Object> asking(String id, JsonObject message) {
    return node.agents().ask(id, message, TestCluster.PATIENCE);
  }

  private ErrorCode failure(String id, JsonObject message) {
    return assertThrows(
            MabeamException.class, () -> result(asking(id, message)))
        .code();
  }

  private static JsonObject of(String what, long pass) {
    return new JsonObject().put("do", what).put("pass", pass);
  }

  private static JsonObject reading(long pass, Path file, List<String> counters) {
    return new JsonObject()
        .put("pass", pass)
        .put("file", file.toUri().toString())
        .put("counters", new JsonArray(counters));
  }

  private long read(long pass, Path file, List<String> counters) {
    JsonObject answer = ask("r", reading(pass, file, counters));
    while (!answer.getBoolean("done")) {
      answer = ask("r", reading(pass, file, counters));
    }
    return answer.getLong("words");
  }

  private Map<String, Long> counts(long pass) {
    Map<String, Long> all = new TreeMap<>();
    for (String counter : COUNTERS) {
      String after = "";
      while (after != null) {
        JsonObject some = ask(counter, of("list", pass).put("after", after));
        some.getJsonObject("counts")
            .forEach(count -> all.put(count.getKey(), ((Number) count.getValue()).longValue()));
        after = some.getString("last");
      }
    }
    return all;
  }

  /** What a replica hears of later is there in the end. */
  private void awaitTotal(long pass, long words) {
    cluster.await(
        words + " words in the variable",
        () ->
            COUNTERS.stream()
                    .map(this::slice)
                    .filter(slice -> slice.getLong("pass", 0L) == pass)
                    .mapToLong(slice -> slice.getLong("words"))
                    .sum()
                == words);
  }

  private JsonObject slice(String counter) {
    JsonObject all = (JsonObject) cluster.await("a value", node.variables().get(TOTAL)).value();
    return all == null ? new JsonObject() : all.getJsonObject(counter, new JsonObject());
  }

  private Path[] files() throws IOException {
    try (var files = Files.list(directory)) {
      return files.toArray(Path[]::new);
    }
  }

  /** Each file as if it ended in a newline, through the tools of the sample's definition. */
  private Map<String, Long> byTools() throws Exception {
    Process tools =
        new ProcessBuilder(
                "bash",
                "-c",
                "for f in *; do cat \"$f\"; echo; done | tr 'A-Z' 'a-z'"
                    + " | LC_ALL=C tr -cs 'a-z0-9' '\\n' | grep . | sort | uniq -c")
            .directory(directory.toFile())
            .start();
    Map<String, Long> counts = new HashMap<>();
    new String(tools.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
        .lines()
        .map(line -> line.strip().split(" "))
        .forEach(count -> counts.put(count[1], Long.valueOf(count[0])));
    return new TreeMap<>(counts);
  }
}
