package dev.mabeam.verticle;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** Where verticles of this node run: Vert.x, or a stand-in of a test. */
interface VerticleHost {
  /**
   * Starts a verticle. Fails with the codes of {@link UserCode#load}, with INTERNAL if its start
   * failed and with TIMEOUT if it did not end; then nothing of it is left that can be taken back.
   *
   * @param ended called once, on any thread, when a verticle that had started has stopped: on
   *     request or by itself
   */
  Future<Running> start(String className, JsonObject config, Runnable ended);

  /** A verticle that has started. */
  @FunctionalInterface
  interface Running {
    /** Stops it; TIMEOUT if it cannot be stopped since it blocks its thread. */
    Future<Void> stop();
  }
}
