package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.agent.AgentSpec.Durability;
import dev.mabeam.agent.Entry.State;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.placement.Requirements;
import dev.mabeam.placement.Rule;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AgentDirectoryTest {
  private static final AgentSpec A = spec("a", "counter");

  private static AgentSpec spec(String id, String type) {
    return AgentSpec.of(id, type).withDurability(Durability.VOLATILE);
  }


  private final InMemoryDecisions decisions = new InMemoryDecisions(Runnable::run);
  private final AgentDirectory directory = new AgentDirectory();
  private final AgentDirectory other = new AgentDirectory();
  private final List<Change> changes = new ArrayList<>();
  private final List<String> gone = new ArrayList<>();
  private InMemoryDecisions.Node node;

  @BeforeEach
  void join() {
    node = decisions.join(1, directory);
    decisions.join(2, other);
    directory.onChange(
        new AgentDirectory.Listener() {
          @Override
          public void changed(List<Change> all) {
            changes.addAll(all);
          }

          @Override
          public void restored() {
            changes.clear();
          }

          @Override
          public void gone(String nodeId) {
            gone.add(nodeId);
          }
        });
  }

  private JsonArray command(Op... ops) {
    Future<Buffer> answer = node.propose(AgentDirectory.NAME, Op.command(List.of(ops)));
    assertEquals(directory.entries(), other.entries(), "both copies");
    return answer.result().toJsonObject().getJsonArray("results");
  }

  private long done(Op op) {
    JsonObject result = command(op).getJsonObject(0);
    assertNull(result.getJsonObject("error"), result.encode());
    return result.getLong("epoch");
  }

  private MabeamException refused(Op op) {
    var before = directory.entries();
    JsonObject result = command(op).getJsonObject(0);
    assertSame(before, directory.entries(), "a refusal changes nothing");
    return MabeamException.fromJson(result.getJsonObject("error"));
  }

  @Test
  void shouldDeployStartAndUndeploy() {
    long epoch = done(new Op.Deploy(A, "n2#2"));
    assertEquals(Entry.starting(A, "n2#2", epoch, List.of()), directory.entry("a"));
    done(new Op.Started("a", epoch));
    assertEquals(
        new AgentInfo(A, "n2#2", epoch, AgentInfo.Status.ACTIVE), directory.entry("a").info());
    assertEquals(epoch, done(new Op.Undeploy("a")));
    assertFalse(directory.entry("a").shown(), "it is shown no more, but keeps its id");
    assertEquals(ErrorCode.CONFLICT, refused(new Op.Deploy(A, "n1#1")).code());
    done(new Op.Stopped("a", epoch));
    assertNull(directory.entry("a"));
    assertEquals(4, changes.size());
  }

  @Test
  void shouldGiveAnIdThatIsUsedAgainAHigherEpoch() {
    long last = 0;
    for (int i = 0; i < 5; i++) {
      long epoch = done(new Op.Deploy(A, "n1#1"));
      assertTrue(epoch > last, epoch + " after " + last);
      done(new Op.Undeploy("a"));
      done(new Op.Stopped("a", epoch));
      last = epoch;
    }
  }

  @Test
  void shouldRefuseAnIdThatIsInUseAndSayWhatToDo() {
    done(new Op.Deploy(A, "n1#1"));
    AgentSpec another = A.withConfig(new JsonObject().put("x", 1));
    MabeamException refused = refused(new Op.Deploy(another, "n2#2"));
    assertEquals(ErrorCode.CONFLICT, refused.code());
    assertTrue(refused.getMessage().contains("'a'"));
    assertFalse(refused.hint().isEmpty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"n3#3", "n1", "n1#2", ""})
  void shouldRefuseAnOwnerThatIsNoMember(String owner) {
    assertEquals(ErrorCode.UNAVAILABLE, refused(new Op.Deploy(A, owner)).code());
  }

  static Stream<AgentSpec> badSpecs() {
    Requirements none = Requirements.NONE;
    return Stream.of(
        AgentSpec.of("", "counter"),
        AgentSpec.of("a b", "counter"),
        AgentSpec.of("ü", "counter"),
        AgentSpec.of("a/b", "counter"),
        AgentSpec.of("x".repeat(129), "counter"),
        AgentSpec.of(null, "counter"),
        AgentSpec.of("a", " "),
        AgentSpec.of("a", (String) null),
        AgentSpec.of("a", "t".repeat(513)),
        A.withConfig(new JsonObject().put("x", "y".repeat(SpecRules.MAX_CONFIG_CHARS))),
        A.withRequirements(
            new Requirements(-1, 0, List.of(), List.of(), List.of(), List.of(), List.of())),
        A.withRequirements(
            new Requirements(0, -0.5, List.of(), List.of(), List.of(), List.of(), List.of())),
        A.withRequirements(
            new Requirements(0, Double.NaN, List.of(), List.of(), List.of(), List.of(), List.of())),
        A.withRequirements(
            new Requirements(0, 0, List.of(" "), List.of(), List.of(), List.of(), List.of())),
        A.withRequirements(
            new Requirements(
                0, 0, List.of(), List.of(), List.of(),
                List.of(new Rule(Rule.Target.NODE, "n1", 0, false)), none.antiAffinity())),
        A.withRequirements(
            new Requirements(
                0, 0, List.of(), List.of(), List.of(), none.affinity(),
                List.of(new Rule(Rule.Target.ZONE, "", 1, true)))));
  }

  @ParameterizedTest
  @MethodSource("badSpecs")
  void shouldRefuseABadSpecification(AgentSpec bad) {
    MabeamException refused =
        assertThrows(MabeamException.class, () -> SpecRules.require(bad));
    assertEquals(ErrorCode.INVALID, refused.code());
    if (bad.id() != null && bad.type() != null && !Double.isNaN(bad.requirements().cpuWeight())) {
      assertEquals(ErrorCode.INVALID, refused(new Op.Deploy(bad, "n1#1")).code());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "x", "{}", "[]", "{\"ops\":1}", "{\"ops\":[1]}", "{\"ops\":[{\"do\":\"dance\"}]}",
        "{\"ops\":[{\"do\":\"deploy\",\"node\":\"n1#1\"}]}",
        "{\"ops\":[{\"do\":\"started\",\"id\":\"a\"}]}",
        "{\"ops\":[{\"do\":\"failed\",\"id\":\"a\",\"epoch\":1}]}"
      })
  void shouldRefuseWhatIsNoCommand(String command) {
    Future<Buffer> answer = node.propose(AgentDirectory.NAME, Buffer.buffer(command));
    assertEquals(ErrorCode.INVALID, ((MabeamException) answer.cause()).code());
    assertTrue(directory.entries().isEmpty());
  }

  @Test
  void shouldDoTheGoodOnesOfABatchAndRefuseTheBadOnes() {
    JsonArray results =
        command(
            new Op.Deploy(A, "n1#1"),
            new Op.Deploy(A, "n2#2"),
            new Op.Deploy(spec("b", "counter"), "n9#9"),
            new Op.Deploy(spec("c", "counter"), "n2#2"),
            new Op.Undeploy("nobody"));
    assertEquals(List.of("a", "c"), List.copyOf(directory.entries().keySet()));
    assertEquals(
        List.of("-", "CONFLICT", "UNAVAILABLE", "-", "AGENT_NOT_FOUND"),
        IntStream.range(0, 5)
            .mapToObj(results::getJsonObject)
            .map(result -> result.getJsonObject("error", new JsonObject()).getString("code", "-"))
            .toList());
  }

  @Test
  void shouldForgetWhatCouldNotBeStartedAndSayWhy() {
    long epoch = done(new Op.Deploy(A, "n2#2"));
    MabeamException why =
        new MabeamException(ErrorCode.FAILED_TO_START_ON_TARGET, "no database", "start one");
    done(new Op.Failed("a", epoch, why));
    assertNull(directory.entry("a"));
    assertEquals(why.toJson(), directory.failure("a", epoch).orElseThrow().toJson());
    assertTrue(directory.failure("a", epoch + 1).isEmpty());
    assertTrue(done(new Op.Deploy(A, "n1#1")) > epoch);
  }

  @Test
  void shouldNotListenToAnOwnerOfAnOlderEpoch() {
    long old = done(new Op.Deploy(A, "n2#2"));
    done(new Op.Undeploy("a"));
    done(new Op.Stopped("a", old));
    assertEquals(ErrorCode.STALE_EPOCH, refused(new Op.Started("a", old)).code());
    long epoch = done(new Op.Deploy(A, "n1#1"));
    assertEquals(ErrorCode.STALE_EPOCH, refused(new Op.Started("a", old)).code());
    assertEquals(ErrorCode.STALE_EPOCH, refused(new Op.Stopped("a", old)).code());
    assertEquals(State.STARTING, directory.entry("a").state());
    done(new Op.Started("a", epoch));
    assertEquals(epoch, done(new Op.Started("a", epoch)), "saying it again changes nothing");
  }

  @Test
  void shouldMakeWhatWasActiveOnANodeThatIsGoneUnavailable() {
    done(new Op.Started("a", done(new Op.Deploy(A, "n2#2"))));
    done(new Op.Started("b", done(new Op.Deploy(spec("b", "counter"), "n1#1"))));
    long starting = done(new Op.Deploy(spec("starting", "counter"), "n2#2"));
    done(new Op.Started("left", done(new Op.Deploy(spec("left", "counter"), "n2#2"))));
    done(new Op.Undeploy("left"));
    changes.clear();

    decisions.gone("n2#2");

    Entry a = directory.entry("a");
    assertEquals(AgentInfo.Status.UNAVAILABLE, a.info().status());
    assertEquals("", a.owner());
    assertEquals(State.ACTIVE, directory.entry("b").state());
    assertEquals(List.of("a", "b"), List.copyOf(directory.entries().keySet()));
    assertEquals(
        ErrorCode.FAILED_TO_START_ON_TARGET,
        directory.failure("starting", starting).orElseThrow().code());
    assertEquals(3, changes.size());
    assertEquals(List.of("n2#2"), gone);
    assertEquals(ErrorCode.STALE_EPOCH, refused(new Op.Stopped("a", a.epoch())).code());
    assertEquals(ErrorCode.CONFLICT, refused(new Op.Deploy(A, "n1#1")).code());
    done(new Op.Undeploy("a"));
    assertNull(directory.entry("a"), "nobody has to stop it");
    assertTrue(done(new Op.Deploy(A, "n1#1")) > a.epoch());
  }

  @Test
  void shouldBeTheSameAfterAnImage() {
    Requirements needs =
        new Requirements(
            64, 0.5, List.of("gpu"), List.of("ssd"), List.of("n1"),
            List.of(new Rule(Rule.Target.TYPE, "counter", 2, true)),
            List.of(new Rule(Rule.Target.ZONE, "z", 1, false)));
    AgentSpec rich = A.withRequirements(needs).withConfig(new JsonObject().put("x", 1));
    done(new Op.Started("a", done(new Op.Deploy(rich, "n1#1"))));
    done(new Op.Deploy(spec("b", "com.acme.B"), "n2#2"));
    done(new Op.Started("c", done(new Op.Deploy(spec("c", "counter"), "n2#2"))));
    done(new Op.Undeploy("c"));
    Buffer image = directory.image().get();
    AgentDirectory restored = new AgentDirectory();
    restored.restore(image);
    assertEquals(directory.entries(), restored.entries());
    assertEquals(image, restored.image().get());
  }

  @Test
  void shouldTakeTheImageOfTheMomentAtWhichItWasAskedFor() {
    done(new Op.Deploy(A, "n1#1"));
    var image = directory.image();
    done(new Op.Deploy(spec("b", "counter"), "n1#1"));
    AgentDirectory restored = new AgentDirectory();
    restored.restore(image.get());
    assertEquals(1, restored.entries().size());
  }

  @Test
  void shouldRefuseAnImageThatItCannotRead() {
    assertThrows(MabeamException.class, () -> directory.restore(Buffer.buffer()));
    assertThrows(
        MabeamException.class, () -> directory.restore(Buffer.buffer(new byte[] {9, 0, 0})));
  }

  @Test
  void shouldNotLetAnybodyChangeADecidedConfig() {
    JsonObject config = new JsonObject().put("x", 1);
    AgentSpec spec = A.withConfig(config);
    config.put("x", 2);
    spec.config().put("x", 3);
    assertEquals(new JsonObject().put("x", 1), spec.config());
  }
}
