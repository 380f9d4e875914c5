package dev.mabeam.agent;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;

/** A message from this node that somebody waits for the end of. */
final class Pending {
  final long number;
  final String agent;
  final boolean asked;
  final long deadlineNanos;
  /** When it was sent last, by this node's clock; what an answer's lease is measured against. */
  volatile long sentNanos;
  /** Where it went; null while it is on no other node. */
  volatile String node;
  /** An answer that came too late to be sure that its owner still was the owner. */
  volatile Answer doubtful;

  private final Context context = Vertx.currentContext();
  private final Promise<Object> promise = Promise.promise();

  /**
   * How it ended.
   *
   * @param failure null for an answer
   */
  record Answer(Object value, Throwable failure, long epoch) {}

  Pending(long number, String agent, boolean asked, long nowNanos, long deadlineNanos) {
    this.number = number;
    this.agent = agent;
    this.asked = asked;
    this.sentNanos = nowNanos;
    this.deadlineNanos = deadlineNanos;
  }

  /** On whose context it was sent, and where it ends; null for none. */
  Context context() {
    return context;
  }

  Future<Object> future() {
    return promise.future();
  }

  /** On its context. */
  void complete(Object value, Throwable failure) {
    if (failure == null) {
      promise.complete(value);
    } else {
      promise.fail(failure);
    }
  }
}
