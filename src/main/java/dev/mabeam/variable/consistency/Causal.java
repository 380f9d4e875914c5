package dev.mabeam.variable.consistency;

import dev.mabeam.variable.SessionToken;
import dev.mabeam.variable.VariableInfo;
import dev.mabeam.variable.VariableValue;
import dev.mabeam.variable.causal.CausalDomain;
import dev.mabeam.variable.version.Siblings;
import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.Future;
import java.util.List;

/**
 * {@code causal}: nobody sees an update before everything that it depends on, whichever causal
 * variables that concerns. What a replica shows is {@link CausalDomain}'s affair; a call waits until
 * that has what its token has seen, as with {@link Session}, whose guarantees are contained, across
 * all causal variables.
 *
 * <p>A read that has seen something lost gets SESSION_LOST, with the token that is left {@link
 * SessionToken#safe in it}. A write goes on without it, and takes its place.
 *
 * <p>Calls without a token that are answered by one node are in that node's order: it shows no
 * effect without its cause. What two nodes answer is in order with the token only.
 */
public final class Causal implements Level {
  private final Here here;
  private final CausalDomain domain;

  public Causal(Here here, CausalDomain domain) {
    this.here = here;
    this.domain = domain;
  }

  @Override
  public List<String> takers(VariableInfo variable, boolean writes) {
    return Sessions.takers(here, variable, writes);
  }

  @Override
  public Future<VariableValue> read(VariableInfo variable, Reading reading) {
    String name = variable.name();
    SessionToken token = reading.options().token();
    return domain
        .awaitRead(variable.key(), token.domain(), Sessions.patience(reading.millis()))
        .compose(
            safe ->
                safe.equals(token.domain())
                    ? Future.succeededFuture(value(name, token))
                    : Future.failedFuture(Sessions.lost(name, token.replaceDomain(safe))));
  }

  @Override
  public Future<VariableValue> write(VariableInfo variable, Writing writing) {
    String name = variable.name();
    boolean majority = Majority.isAsked(here, writing);
    SessionToken token = writing.options().token();
    return domain
        .awaitWrite(variable.key(), token.domain(), Sessions.patience(writing.millis()))
        .compose(
            all -> {
              here.write(variable, writing, token.domain());
              VariableValue written = value(name, token);
              return majority
                  ? Majority.of(here, name, writing).map(written)
                  : Future.succeededFuture(written);
            });
  }

  /** With a token that has seen all that this depends on. */
  private VariableValue value(String name, SessionToken token) {
    VariableValue value = here.value(name);
    VersionVector seen = here.seen(name).upTo(Siblings.FIRST_STORE, 0);
    return new VariableValue(
        value.value(),
        value.version(),
        value.siblings(),
        value.node(),
        value.stale(),
        token.join(SessionToken.ofDomain(seen)),
        value.deleted());
  }

  /** A slice of an epoch is the same however often it is written. */
  @Override
  public boolean isRepeatable(Writing writing) {
    return writing.kind() == Writing.Kind.SET && writing.write().epoch() > 0;
  }
}
