package dev.mabeam.variable.consistency;

import dev.mabeam.variable.SessionToken;
import dev.mabeam.variable.VariableInfo;
import dev.mabeam.variable.VariableValue;
import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.Future;
import java.util.List;

/**
 * {@code session}: what {@link Eventual} gives, at a replica that has everything of the variable
 * that the session's token has seen. Any node may be asked. The replica that gets the call waits for
 * what it lacks, fetches it from the others, and after a moment leaves the call to another one; at
 * the caller's deadline SESSION_UNAVAILABLE, and nothing was done.
 *
 * <p>With the token of the answer before, a session <em>reads its writes</em>; its <em>reads do not
 * go back</em>, on whichever node they land; its <em>writes are in order</em> and <em>follow what
 * it has read</em>: wherever a write is, what the session had seen of that variable before is there
 * too, since what travels is all that the replica has. Without a token a call is a session of its
 * own.
 *
 * <p>SESSION_LOST if what the token has seen is on no node of the cluster any more; the token that
 * is left is {@link SessionToken#safe in it}.
 *
 * <p><em>Not</em> guaranteed: that <em>others</em> see what a session did to two variables in its
 * order. That is {@link Causal}.
 */
public final class Session implements Level {
  private final Here here;
  private final Eventual eventual;
  private final Arrivals arrivals;

  public Session(Here here, Eventual eventual, Arrivals arrivals) {
    this.here = here;
    this.eventual = eventual;
    this.arrivals = arrivals;
  }

  @Override
  public List<String> takers(VariableInfo variable, boolean writes) {
    return Sessions.takers(here, variable, writes);
  }

  @Override
  public Future<VariableValue> read(VariableInfo variable, Reading reading) {
    return seen(variable, reading.options().token(), reading.millis())
        .compose(all -> eventual.read(variable, reading));
  }

  @Override
  public Future<VariableValue> write(VariableInfo variable, Writing writing) {
    return seen(variable, writing.options().token(), writing.millis())
        .compose(all -> eventual.write(variable, writing));
  }

  private Future<VersionVector> seen(VariableInfo variable, SessionToken token, long millis) {
    String name = variable.name();
    VersionVector asked = variable.unpruned(token.of(name));
    return arrivals
        .await(name, asked, Sessions.patience(millis))
        .compose(
            safe ->
                safe.equals(asked)
                    ? Future.succeededFuture(safe)
                    : Future.failedFuture(Sessions.lost(name, token.replace(name, safe))));
  }

  @Override
  public boolean isRepeatable(Writing writing) {
    return eventual.isRepeatable(writing);
  }
}
