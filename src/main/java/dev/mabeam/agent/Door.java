package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.eventbus.Message;
import java.lang.System.Logger.Level;
import java.time.Duration;

/**
 * The way in for any Vert.x client on the bus: a message to {@code mabeam.agents} with the header
 * {@code agent}, and {@code timeoutMs} if the default deadline does not do. Sent, it is told;
 * requested, it is asked, and the reply is the answer, or fails with the code's number and {@code
 * {"code","message","hint"}}.
 *
 * <p>A client that numbers its messages, with the headers that {@link InSession} names, may send
 * one again, by any node, and has it handled once. Without: a client that asks again after a timeout
 * may have its message handled twice.
 */
final class Door {
  static final String AGENT = "agent";
  static final String TIMEOUT_MS = "timeoutMs";

  private static final System.Logger LOG = System.getLogger(Door.class.getName());
  private static final long MOST_MILLIS = Duration.ofHours(1).toMillis();

  private final Agents agents;

  Door(Agents agents) {
    this.agents = agents;
  }

  void enter(Message<Object> message) {
    Future<Object> answer;
    try {
      answer = send(message);
    } catch (MabeamException refused) {
      answer = Future.failedFuture(refused);
    }
    if (message.replyAddress() == null) {
      answer.onFailure(
          failure -> LOG.log(Level.DEBUG, "a message for an agent was lost: {0}", failure));
    } else {
      answer.onComplete(
          message::reply,
          failure -> {
            MabeamException ours = MabeamException.of(failure);
            message.fail(ours.code().status(), ours.toJson().encode());
          });
    }
  }

  private Future<Object> send(Message<Object> message) {
    String id = message.headers().get(AGENT);
    if (id == null || id.isEmpty()) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "a message to " + message.address() + " has no header '" + AGENT + "'",
          "set it to the agent's id");
    }
    if (!message.isSend()) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "a message for agent '" + id + "' was published: every node would deliver it",
          "send or request it");
    }
    MultiMap headers = message.headers();
    Duration deadline = deadline(headers.get(TIMEOUT_MS));
    InSession number =
        InSession.of(
            headers.get(InSession.SESSION),
            headers.get(InSession.SEQUENCE),
            headers.get(InSession.FLOOR),
            headers.get(InSession.AGE));
    boolean told = message.replyAddress() == null;
    if (number == null) {
      return told
          ? agents.tell(id, message.body()).mapEmpty()
          : agents.ask(id, message.body(), deadline);
    }
    return told
        ? agents.tell(id, message.body(), number).mapEmpty()
        : agents.ask(id, message.body(), deadline, number);
  }

  private static Duration deadline(String header) {
    if (header == null) {
      return Agents.DEFAULT_DEADLINE;
    }
    try {
      long millis = Long.parseLong(header);
      if (millis >= 1 && millis <= MOST_MILLIS) {
        return Duration.ofMillis(millis);
      }
    } catch (NumberFormatException notANumber) {
      // The same complaint as for a number out of range.
    }
    throw new MabeamException(
        ErrorCode.INVALID,
        "the header '" + TIMEOUT_MS + "' is " + header,
        "give milliseconds from 1 to " + MOST_MILLIS);
  }
}
