package dev.mabeam.variable;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import java.time.Duration;
import java.util.Objects;

/**
 * How one read is done.
 *
 * @param consistency a level at least as strong as the variable's own; null for that
 * @param token what the session has seen, {@link SessionToken#EMPTY} for a session of its own
 * @param stale whether a strong variable may be read without a majority: the answer says how old it
 *     may be
 * @param deadline how long it may take
 */
public record ReadOptions(
    Consistency consistency, SessionToken token, boolean stale, Duration deadline) {
  public static final Duration DEFAULT_DEADLINE = Duration.ofSeconds(5);
  /** At the level of the variable, within {@link #DEFAULT_DEADLINE}. */
  public static final ReadOptions DEFAULT =
      new ReadOptions(null, SessionToken.EMPTY, false, DEFAULT_DEADLINE);

  public ReadOptions {
    Objects.requireNonNull(token, "token");
    requireDeadline(deadline);
  }

  static void requireDeadline(Duration deadline) {
    if (deadline == null || deadline.isNegative() || deadline.isZero()) {
      throw new MabeamException(ErrorCode.INVALID, "the deadline " + deadline + " is over already");
    }
  }

  public ReadOptions withConsistency(Consistency consistency) {
    return new ReadOptions(consistency, token, stale, deadline);
  }

  public ReadOptions withToken(SessionToken token) {
    return new ReadOptions(consistency, token, stale, deadline);
  }

  public ReadOptions withStale(boolean stale) {
    return new ReadOptions(consistency, token, stale, deadline);
  }

  public ReadOptions withDeadline(Duration deadline) {
    return new ReadOptions(consistency, token, stale, deadline);
  }
}
