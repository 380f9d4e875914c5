package dev.mabeam.variable.consistency;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.WriteOptions;
import io.vertx.core.Future;
import java.time.Duration;

/** How the levels below strong have a write acknowledged by a majority of the replicas. */
final class Majority {
  private Majority() {}

  /** Whether the caller waits for one; OVERLOADED if too many do. */
  static boolean isAsked(Here here, Writing writing) {
    boolean asked = WriteOptions.MAJORITY.equals(writing.options().acks());
    if (asked && here.isOverloaded()) {
      throw new MabeamException(
          ErrorCode.OVERLOADED,
          "too many writes wait for a majority on node " + here.nodeId(),
          "try again");
    }
    return asked;
  }

  /** Completes when one has what is here. */
  static Future<Void> of(Here here, String name, Writing writing) {
    Duration left = Duration.ofMillis(Math.max(1, writing.millis()));
    return here.confirm(name, here.seen(name), left);
  }
}
