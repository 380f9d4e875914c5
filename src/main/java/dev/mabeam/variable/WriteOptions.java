package dev.mabeam.variable;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import java.time.Duration;
import java.util.Objects;

/**
 * How one write is done.
 *
 * @param acks how many replicas have to have it: {@code "1"} or {@code "majority"}
 * @param key whose slice of the map it is; null to write every key that the value names
 * @param epoch fences the keys: a write with a lower one than a key has is refused with
 *     STALE_EPOCH; 0 for whoever has none
 * @param consistency a level at least as strong as the variable's own; null for that
 * @param token what the session has seen, {@link SessionToken#EMPTY} for a session of its own
 * @param gossipFanout how many replicas are told at once, where gossip carries it; 0 for the usual
 * @param deadline how long it may take
 */
public record WriteOptions(
    String acks,
    String key,
    long epoch,
    Consistency consistency,
    SessionToken token,
    int gossipFanout,
    Duration deadline) {
  public static final String ONE = "1";
  public static final String MAJORITY = "majority";
  public static final int MAX_FANOUT = 1000;
  public static final Duration DEFAULT_DEADLINE = Duration.ofSeconds(5);
  public static final WriteOptions DEFAULT = new WriteOptions(ONE);

  public WriteOptions {
    if (!ONE.equals(acks) && !MAJORITY.equals(acks)) {
      throw new MabeamException(
          ErrorCode.INVALID, "acks '" + acks + "' is not offered", "offered: 1, majority");
    }
    if (epoch < 0) {
      throw new MabeamException(ErrorCode.INVALID, "epoch " + epoch + " is negative");
    }
    if (gossipFanout < 0 || gossipFanout > MAX_FANOUT) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "a write cannot be told to " + gossipFanout + " replicas at once",
          "0 for the usual, or 1 to " + MAX_FANOUT);
    }
    Objects.requireNonNull(token, "token");
    ReadOptions.requireDeadline(deadline);
  }

  public WriteOptions(String acks) {
    this(acks, null, 0, null, SessionToken.EMPTY, 0, DEFAULT_DEADLINE);
  }

  /** One slice, written by the activation of that epoch. */
  public WriteOptions slice(String key, long epoch) {
    return new WriteOptions(acks, key, epoch, consistency, token, gossipFanout, deadline);
  }

  public WriteOptions withAcks(String acks) {
    return new WriteOptions(acks, key, epoch, consistency, token, gossipFanout, deadline);
  }

  public WriteOptions withConsistency(Consistency consistency) {
    return new WriteOptions(acks, key, epoch, consistency, token, gossipFanout, deadline);
  }

  public WriteOptions withToken(SessionToken token) {
    return new WriteOptions(acks, key, epoch, consistency, token, gossipFanout, deadline);
  }

  public WriteOptions withGossipFanout(int gossipFanout) {
    return new WriteOptions(acks, key, epoch, consistency, token, gossipFanout, deadline);
  }

  public WriteOptions withDeadline(Duration deadline) {
    return new WriteOptions(acks, key, epoch, consistency, token, gossipFanout, deadline);
  }
}
