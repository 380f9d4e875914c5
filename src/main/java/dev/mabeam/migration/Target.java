package dev.mabeam.migration;

import dev.mabeam.bus.Bus;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/**
 * What the source of one move asks its target. What the target has to object comes back inside the
 * answer, so that a request that fails is one that was not answered.
 */
final class Target {
  static final Duration RESERVING = Duration.ofSeconds(3);
  /** A start may take eight seconds. */
  static final Duration RESTORING = Duration.ofSeconds(15);
  static final Duration FILLING = Duration.ofSeconds(15);
  private static final Duration TELLING = Duration.ofSeconds(2);

  private final Bus bus;
  private final FirstContact first;
  private final String nodeId;
  private final String move;

  Target(Bus bus, FirstContact first, String nodeId, long move) {
    this.bus = bus;
    this.first = first;
    this.nodeId = nodeId;
    this.move = Long.toHexString(move);
  }

  Future<Void> reserve(String agent, long epoch, String source, boolean trial) {
    JsonObject body =
        new JsonObject()
            .put("agent", agent)
            .put("epoch", epoch)
            .put("source", source)
            .put("trial", trial)
            .put("move", move);
    return answered(first.ask(nodeId, "reserve", body, RESERVING));
  }

  Future<Void> restore(JsonObject manifest) {
    return ask("restore", new JsonObject().put("manifest", manifest), RESTORING);
  }

  /** At that epoch. */
  Future<Void> runs(String agent, long epoch) {
    return ask("runs", new JsonObject().put("agent", agent).put("epoch", epoch), FILLING);
  }

  /** If it does not get there, the target finds out. */
  void abandon() {
    ask("abandon", new JsonObject(), TELLING).onFailure(itFindsOut -> {});
  }

  private Future<Void> ask(String verb, JsonObject body, Duration deadline) {
    return answered(Answers.ask(bus, nodeId, verb, body.put("move", move), deadline));
  }

  private Future<Void> answered(Future<JsonObject> answer) {
    return answer
        .recover(silence -> Future.failedFuture(unreachable(silence)))
        .compose(Answers::unwrap)
        .mapEmpty();
  }

  private MabeamException unreachable(Throwable silence) {
    MabeamException why = MabeamException.of(silence);
    return new MabeamException(
        why.code() == ErrorCode.NOT_FOUND ? ErrorCode.UNAVAILABLE : why.code(),
        "node " + nodeId + " does not answer: " + why.getMessage(),
        "it is starting, stopping, gone or cut off; try again when it is active",
        why);
  }
}
