package dev.mabeam.dashboard;

import io.vertx.core.Future;
import io.vertx.core.http.HttpServer;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Has a server listen so that it leaves nobody waiting who comes while it opens.
 *
 * <p>A connection that Vert.x accepts after the port is bound and before its server has metrics gets
 * none of its own: each of its requests then fails inside Vert.x, and is never answered. Here it is
 * closed, as if it had come a moment earlier, and whoever made it comes again.
 */
final class Opening {
  private Opening() {}

  /**
   * Completes when {@code server} listens. Call it on the event loop that the server is to have: a
   * connection's start is one task there, so it has its metrics if it sees that the server listens.
   * That is not so with HTTP/2 over clear text, where a connection starts twice.
   */
  static Future<HttpServer> of(HttpServer server) {
    AtomicBoolean open = new AtomicBoolean();
    return server
        .connectionHandler(
            connection -> {
              if (!open.get()) {
                connection.close();
              }
            })
        .listen()
        .onSuccess(listening -> open.set(true));
  }
}
