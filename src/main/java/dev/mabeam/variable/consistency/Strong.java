package dev.mabeam.variable.consistency;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.SessionToken;
import dev.mabeam.variable.SyncStrategy;
import dev.mabeam.variable.VariableInfo;
import dev.mabeam.variable.VariableValue;
import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;

/**
 * {@code strong}: reads and writes are linearizable. The value is decided, so it is in the copy of
 * the log that every node has.
 *
 * <p>A write is a decision. The strategy says who proposes it: under {@code leader_follower} the
 * master, to which the others send it; else whoever got it. It says nothing of how the value comes
 * to a node that does not vote: all of them follow the log.
 *
 * <p>A read has the leader of the log confirm, with a majority, how far the log is, waits until the
 * copy here is as far, and looks there. Without a majority it fails with INSUFFICIENT_CONSENSUS,
 * unless the caller takes what the copy here has ({@code stale}): that may be older, is marked, and
 * says from which index of the log it is; never from before what the caller's token has seen.
 */
public final class Strong implements Level {
  /** The name of the log in version vectors: no store has an id like it. */
  public static final String LOG = "log";

  private final Decided decided;

  public Strong(Decided decided) {
    this.decided = decided;
  }

  @Override
  public List<String> takers(VariableInfo variable, boolean writes) {
    boolean byMaster = variable.options().sync() == SyncStrategy.LEADER_FOLLOWER;
    return List.of(writes && byMaster ? variable.master() : decided.nodeId());
  }

  @Override
  public Future<VariableValue> read(VariableInfo variable, Reading reading) {
    String name = variable.name();
    SessionToken token = reading.options().token();
    Duration deadline = Duration.ofMillis(Math.max(1, reading.millis()));
    if (!reading.options().stale()) {
      return decided.barrier(deadline).map(caughtUp -> decided.value(name, false).after(token));
    }
    long seen = token.of(name).of(LOG);
    Future<Void> farEnough =
        decided.index() >= seen
            ? Future.succeededFuture()
            : decided.barrier(deadline).recover(failure -> Future.failedFuture(behind(name)));
    return farEnough.map(done -> decided.value(name, true).after(token));
  }

  private MabeamException behind(String name) {
    return new MabeamException(
        ErrorCode.SESSION_UNAVAILABLE,
        "node " + decided.nodeId() + " has not what this session has seen of '" + name + "'",
        "ask another node, or again when a majority can be reached");
  }

  @Override
  public Future<VariableValue> write(VariableInfo variable, Writing writing) {
    SessionToken token = writing.options().token();
    Future<VariableValue> written = decided.decide(variable, writing);
    return token.isEmpty() ? written : written.map(value -> value.after(token));
  }

  /** How far in the log a session is that has seen this. */
  public static SessionToken token(String name, long index) {
    return SessionToken.of(name, VersionVector.of(LOG, index));
  }
}
