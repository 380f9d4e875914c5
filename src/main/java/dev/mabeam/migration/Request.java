package dev.mabeam.migration;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.agent.AgentMoves;
import dev.mabeam.bus.Bus;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A move that another node is to carry out, as the node sees it where it was asked for: it hands
 * the move over under a number of its own, which makes it harmless to ask again, and then asks
 * every other second what became of it. If the source does not answer any more, what is decided
 * tells.
 */
final class Request {
  static final Duration HANDING_OVER = Duration.ofSeconds(3);
  static final Duration LOOKING = Duration.ofSeconds(2);
  private static final Duration WAY = Duration.ofSeconds(2);
  private static final int SILENCES = 3;

  private final Bus bus;
  private final FirstContact first;
  private final AgentMoves moves;
  private final Predicate<String> isMember;
  private final AgentInfo agent;
  private final String to;
  private final String move;

  /**
   * @param agent as its owner is to have it still
   * @param move the number, random
   */
  Request(
      Bus bus,
      FirstContact first,
      AgentMoves moves,
      Predicate<String> isMember,
      AgentInfo agent,
      String to,
      long move) {
    this.bus = bus;
    this.first = first;
    this.moves = moves;
    this.isMember = isMember;
    this.agent = agent;
    this.to = to;
    this.move = Long.toHexString(move);
  }

  Future<Move> run() {
    return handOver(SILENCES).compose(taken -> look(SILENCES));
  }

  private Future<JsonObject> handOver(int tries) {
    return first
        .ask(agent.node(), "begin", body().put("epoch", agent.epoch()), HANDING_OVER)
        .compose(
            Answers::unwrap,
            silence ->
                tries > 1 && isMember.test(agent.node())
                    ? handOver(tries - 1)
                    : Future.failedFuture(unreachable(silence)));
  }

  private Future<Move> look(int silences) {
    return ask("result", body().put("waitMs", LOOKING.toMillis()), LOOKING.plus(WAY))
        .compose(
            answer ->
                Answers.unwrap(answer)
                    .compose(
                        told ->
                            told.getBoolean("done", false)
                                ? Future.succeededFuture(
                                    Move.fromJson(told.getJsonObject("result")))
                                : look(SILENCES)),
            silence ->
                silences > 1 && isMember.test(agent.node()) ? look(silences - 1) : decided());
  }

  private Future<Move> decided() {
    return moves
        .decided(agent.id())
        .compose(
            info -> {
              Optional<AgentInfo> there =
                  info.filter(now -> now.node().equals(to) && now.epoch() > agent.epoch());
              return there.isPresent()
                  ? Future.succeededFuture(unseen(there.get()))
                  : Future.failedFuture(lost(info));
            });
  }

  /** It is there; how it came there nobody can tell any more. */
  private Move unseen(AgentInfo there) {
    return new Move(
        agent.id(),
        agent.node(),
        to,
        Move.Stage.DONE,
        0,
        0,
        there.epoch(),
        0,
        Phases.NONE,
        null);
  }

  private Future<JsonObject> ask(String verb, JsonObject body, Duration deadline) {
    return Answers.ask(bus, agent.node(), verb, body, deadline);
  }

  private JsonObject body() {
    return new JsonObject().put("move", move).put("agent", agent.id()).put("to", to);
  }

  private MabeamException unreachable(Throwable silence) {
    MabeamException why = MabeamException.of(silence);
    return new MabeamException(
        why.code() == ErrorCode.NOT_FOUND ? ErrorCode.UNAVAILABLE : why.code(),
        "node " + agent.node() + " of agent '" + agent.id() + "' does not answer: "
            + why.getMessage(),
        "it is starting, stopping, gone or cut off; its agents are recovered if it is gone",
        why);
  }

  private MabeamException lost(Optional<AgentInfo> info) {
    return new MabeamException(
        ErrorCode.UNAVAILABLE,
        "node " + agent.node() + ", which was to move agent '" + agent.id()
            + "', does not answer any more; the agent "
            + info.map(
                    now ->
                        now.node().isEmpty() ? "has no node now" : "is on " + now.node())
                .orElse("is no more"),
        "look at the agent; it is recovered if its node is gone");
  }
}
