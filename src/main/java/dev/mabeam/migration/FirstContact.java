package dev.mabeam.migration;

import dev.mabeam.bus.Bus;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.function.Predicate;

/**
 * Asks a node for the first time about a move. One that has just come may be a member, and ready,
 * before the registry of the bus shows here where it serves: until the deadline it is asked again,
 * for as long as it is a member. Once it has answered, its address is known, and who asks further
 * asks plainly.
 */
final class FirstContact {
  static final Duration AGAIN = Duration.ofMillis(200);

  private final Bus bus;
  private final Scheduler scheduler;
  private final Predicate<String> isMember;

  /** @param isMember whether a node of that id is in this node's copy of the members */
  FirstContact(Bus bus, Scheduler scheduler, Predicate<String> isMember) {
    this.bus = bus;
    this.scheduler = scheduler;
    this.isMember = isMember;
  }

  /** As {@link Answers#ask}. */
  Future<JsonObject> ask(String node, String verb, JsonObject body, Duration deadline) {
    return ask(node, verb, body, scheduler.nanos() + deadline.toNanos());
  }

  private Future<JsonObject> ask(String node, String verb, JsonObject body, long until) {
    Duration left = Duration.ofNanos(until - scheduler.nanos());
    return Answers.ask(bus, node, verb, body.copy(), left)
        .recover(
            failure ->
                MabeamException.of(failure).code() == ErrorCode.NOT_FOUND
                        && isMember.test(node)
                        && until - scheduler.nanos() > AGAIN.toNanos()
                    ? again(node, verb, body, until)
                    : Future.failedFuture(failure));
  }

  private Future<JsonObject> again(String node, String verb, JsonObject body, long until) {
    Promise<JsonObject> answer = Promise.promise();
    scheduler.after(AGAIN, () -> ask(node, verb, body, until).onComplete(answer));
    return answer.future();
  }
}
