package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import java.time.Duration;

/**
 * How a node treats its agents.
 *
 * @param mailbox how many messages may wait for one agent, the one that it handles included
 * @param limit how long a start, a last message or a stop may take
 * @param contexts how many event-loop contexts plain agents share
 */
public record AgentOptions(int mailbox, Duration limit, int contexts) {
  public static final int DEFAULT_MAILBOX = 1_000;
  public static final Duration DEFAULT_LIMIT = Duration.ofSeconds(8);

  /**
   * As many as a node has event loops: one for each core, and two at least, so that one that is
   * held up does not hold up everything. Vert.x's own default, two for each core, has messages hop
   * between threads of which only half can run.
   */
  public static final int DEFAULT_CONTEXTS =
      Math.max(2, Runtime.getRuntime().availableProcessors());

  public static final AgentOptions DEFAULT =
      new AgentOptions(DEFAULT_MAILBOX, DEFAULT_LIMIT, DEFAULT_CONTEXTS);

  public AgentOptions {
    if (mailbox < 1 || contexts < 1 || limit.isNegative() || limit.isZero()) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "agents cannot have mailboxes of " + mailbox + ", " + contexts + " contexts and "
              + limit.toMillis() + " ms",
          "each has to be at least 1");
    }
  }

  public AgentOptions withMailbox(int mailbox) {
    return new AgentOptions(mailbox, limit, contexts);
  }

  public AgentOptions withLimit(Duration limit) {
    return new AgentOptions(mailbox, limit, contexts);
  }

  public AgentOptions withContexts(int contexts) {
    return new AgentOptions(mailbox, limit, contexts);
  }
}
