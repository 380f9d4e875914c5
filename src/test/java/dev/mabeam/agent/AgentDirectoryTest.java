package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.agent.AgentSpec.Durability;
import dev.mabeam.agent.Entry.State;
import dev.mabeam.checkpoint.CheckpointSet;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.placement.Requirements;
import dev.mabeam.placement.Rule;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

  // Moves, recoveries, and who keeps checkpoints. The stores here are called boot1 and boot2.

  private static final AgentSpec D = AgentSpec.of("d", "counter");

  private long durable(String node, String... stores) {
    return done(new Op.Started("d", done(new Op.Deploy(D, node, List.of(stores)))));
  }

  private CheckpointSet set() {
    return directory.entry("d").set();
  }

  @Test
  void shouldKeepADurableAgentOnStoresOfMembers() {
    assertEquals(
        ErrorCode.UNAVAILABLE, refused(new Op.Deploy(D, "n1#1", List.of("boot9"))).code());
    assertEquals(ErrorCode.UNAVAILABLE, refused(new Op.Deploy(D, "n1#1")).code());
    durable("n1#1", "boot1", "boot9", "boot2");
    assertEquals(new CheckpointSet(1, List.of("boot1", "boot2"), List.of()), set());
  }

  @Test
  void shouldGiveAnAgentThatMovesAnotherEpochAndAJointSet() {
    long epoch = durable("n1#1", "boot1");
    long next = done(new Op.Flip("d", epoch, "n2#2", List.of("boot2", "boot1")));
    assertTrue(next > epoch);
    Entry moved = directory.entry("d");
    assertEquals("n2#2", moved.owner());
    assertEquals(next, moved.epoch());
    assertEquals(epoch, moved.prior());
    assertEquals(epoch, moved.born());
    assertEquals(State.ACTIVE, moved.state());
    assertEquals(new CheckpointSet(2, List.of("boot2", "boot1"), List.of("boot1")), set());
    assertEquals(
        ErrorCode.STALE_EPOCH,
        refused(new Op.Flip("d", epoch, "n1#1", List.of("boot1"))).code(),
        "the loser reads again");
    assertEquals(ErrorCode.STALE_EPOCH, refused(new Op.Stopped("d", epoch)).code());
    done(new Op.Filled("d", next, 2));
    assertEquals(new CheckpointSet(3, List.of("boot2", "boot1"), List.of()), set());
    assertEquals(next, done(new Op.Filled("d", next, 2)), "saying it again changes nothing");
    assertEquals(3, set().version());
  }

  @Test
  void shouldRefuseMovesThatCannotBe() {
    long starting = done(new Op.Deploy(D, "n1#1", List.of("boot1")));
    Op.Flip early = new Op.Flip("d", starting, "n2#2", List.of("boot2"));
    assertEquals(ErrorCode.CONFLICT, refused(early).code());
    done(new Op.Started("d", starting));
    assertEquals(
        ErrorCode.UNAVAILABLE,
        refused(new Op.Flip("d", starting, "n9#9", List.of("boot1"))).code());
    assertEquals(
        ErrorCode.CONFLICT,
        refused(new Op.Recover("d", starting, "n2#2", List.of("boot1"), false)).code(),
        "it has an owner");
    done(new Op.Undeploy("d"));
    assertEquals(ErrorCode.AGENT_NOT_FOUND, refused(early).code());
  }

  @Test
  void shouldLetAnotherNodeHaveWhatLostItsOwn() {
    long epoch = durable("n2#2", "boot2", "boot1");
    decisions.gone("n2#2");
    Entry lost = directory.entry("d");
    assertEquals(State.UNAVAILABLE, lost.state());
    assertTrue(lost.comesBack());
    assertEquals(List.of("boot1"), lost.set().stores(), "a store that is gone does not count");
    assertEquals(
        ErrorCode.STALE_EPOCH,
        refused(new Op.Recover("d", epoch - 1, "n1#1", List.of("boot1"), false)).code());
    long next = done(new Op.Recover("d", epoch, "n1#1", List.of("boot1"), false));
    assertEquals(State.ACTIVE, directory.entry("d").state());
    assertEquals(next, directory.entry("d").epoch());
    MabeamException why = new MabeamException(ErrorCode.FAILED_TO_START_ON_TARGET, "no class", "");
    done(new Op.Failed("d", next, why));
    Entry again = directory.entry("d");
    assertEquals(State.UNAVAILABLE, again.state(), "not forgotten: it is not its first start");
    assertEquals("no class", again.why());
    assertEquals(next, again.epoch());
    done(new Op.Lost("d", next, "no node fits"));
    assertEquals("no node fits", directory.entry("d").info().why());
  }

  @Test
  void shouldNotBeginWithLessThanItHadUnlessThatIsAccepted() {
    long epoch = durable("n2#2", "boot2");
    decisions.gone("n2#2");
    Entry lost = directory.entry("d");
    assertEquals(List.of("boot2"), lost.set().stores(), "the last one stays");
    assertTrue(lost.why().contains("state uncertain"));
    assertFalse(lost.comesBack());
    MabeamException refused =
        refused(new Op.Recover("d", epoch, "n1#1", List.of("boot1"), false));
    assertEquals(ErrorCode.UNAVAILABLE, refused.code());
    assertTrue(refused.hint().contains("--accept-loss"), refused.hint());
    long next = done(new Op.Recover("d", epoch, "n1#1", List.of("boot1"), true));
    assertTrue(directory.entry("d").lossy());
    assertEquals(new CheckpointSet(2, List.of("boot1"), List.of()), set());
    done(new Op.Started("d", next));
    assertFalse(directory.entry("d").lossy(), "what it has now is what counts");
    assertEquals(next, directory.entry("d").lostAt(), "since then it counts anew what it tells");
    long later = done(new Op.Flip("d", next, "n1#1", List.of("boot1")));
    assertTrue(later > next);
    assertEquals(next, directory.entry("d").lostAt());
    AgentDirectory copy = new AgentDirectory();
    copy.restore(directory.image().get());
    assertEquals(directory.entry("d"), copy.entry("d"));
  }

  @Test
  void shouldChangeTheStoresOfAnAgentOneStepAtATime() {
    long epoch = durable("n1#1", "boot1");
    done(new Op.Change("d", epoch, 1, List.of("boot1", "boot2")));
    assertEquals(new CheckpointSet(2, List.of("boot1", "boot2"), List.of("boot1")), set());
    assertEquals(
        ErrorCode.CONFLICT,
        refused(new Op.Change("d", epoch, 2, List.of("boot1"))).code(),
        "it is being changed");
    done(new Op.Filled("d", epoch, 1));
    assertEquals(2, set().version(), "that was another version");
    done(new Op.Filled("d", epoch, 2));
    done(new Op.Drop("boot2", Map.of("d", epoch - 1)));
    assertEquals(3, set().version(), "that was another epoch");
    done(new Op.Drop("boot2", Map.of("d", epoch, "nobody", 1L)));
    assertEquals(new CheckpointSet(4, List.of("boot1"), List.of()), set());
    done(new Op.Drop("boot1", Map.of("d", epoch)));
    assertEquals(new CheckpointSet(4, List.of("boot1"), List.of()), set(), "the last one stays");
  }

  @Test
  void shouldGiveACordonedNodeNothing() {
    long epoch = durable("n1#1", "boot1");
    done(new Op.Cordon("n2#2", true));
    assertEquals(Map.of("n2#2", true), directory.cordoned());
    assertEquals(ErrorCode.CONFLICT, refused(new Op.Deploy(A, "n2#2")).code());
    assertEquals(
        ErrorCode.CONFLICT, refused(new Op.Flip("d", epoch, "n2#2", List.of("boot1"))).code());
    assertEquals(ErrorCode.INVALID, refused(new Op.Cordon("n9#9", false)).code());
    assertEquals(ErrorCode.CONFLICT, refused(new Op.Cordon("n1#1", true)).code(), "one at a time");
    done(new Op.Cordon("n1#1", false));
    done(new Op.Flip("d", epoch, "n1#1", List.of("boot1")));
    done(new Op.Uncordon("n2#2"));
    done(new Op.Deploy(A, "n2#2"));
    decisions.gone("n1#1");
    assertEquals(Map.of(), directory.cordoned());
  }

  @Test
  void shouldHaveMovesInItsImageAndReadAnOlderOne() {
    long epoch = durable("n2#2", "boot2", "boot1");
    done(new Op.Flip("d", epoch, "n1#1", List.of("boot1")));
    done(
        new Op.Deploy(
            AgentSpec.of("c", "counter").checkpointed(5, Duration.ofMillis(70)),
            "n2#2",
            List.of("boot2")));
    done(new Op.Cordon("n2#2", false));
    AgentDirectory restored = new AgentDirectory();
    restored.restore(directory.image().get());
    assertEquals(directory.entries(), restored.entries());
    assertEquals(directory.cordoned(), restored.cordoned());

    Buffer old = Buffer.buffer().appendByte((byte) 1);
    Buffer agent =
        Buffer.buffer(
            "{\"spec\":{\"id\":\"a\",\"type\":\"counter\"},\"owner\":\"n1#1\",\"epoch\":7,"
                + "\"state\":\"ACTIVE\"}");
    old.appendInt(agent.length()).appendBuffer(agent);
    restored.restore(old);
    Entry read = restored.entry("a");
    assertEquals(7, read.born());
    assertEquals(Durability.VOLATILE, read.spec().durability(), "it knew no other");
    assertEquals(CheckpointSet.NONE, read.set());
  }

  @Test
  void shouldRefuseAPaceThatIsNone() {
    for (AgentSpec bad :
        List.of(
            D.checkpointed(0, Duration.ofMillis(1)),
            D.checkpointed(10_001, Duration.ofMillis(1)),
            D.checkpointed(1, Duration.ZERO),
            D.checkpointed(1, Duration.ofSeconds(Long.MAX_VALUE)))) {
      assertEquals(
          ErrorCode.INVALID,
          assertThrows(MabeamException.class, () -> SpecRules.require(bad)).code());
    }
  }
}
