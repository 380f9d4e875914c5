package dev.mabeam.dashboard;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.testing.FreePorts;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Probes ask a node from before it listens. Without {@link Opening} one of 500 waits in vain. */
final class OpeningTest {
  private static final int ROUNDS = 800;
  private static final int PATIENCE_MILLIS = 30_000;
  private static final byte[] QUESTION =
      "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final PrometheusMeterRegistry registry = Metrics.registry();
  private final Vertx vertx = DashboardServer.measured(registry);
  private Context context;

  @BeforeEach
  void chooseLoop() {
    context = vertx.getOrCreateContext();
  }

  @AfterEach
  void close() throws Exception {
    DashboardServer.await(vertx.close());
    registry.close();
  }

  @Test
  @Tag("long")
  void shouldLeaveNobodyWaitingWhoComesWhileItOpens() throws Exception {
    int block = FreePorts.block();
    int answered = 0;
    for (int round = 0; round < ROUNDS; round++) {
      // A socket that is closed may be there a moment longer.
      int port = block + round % 10;
      CompletableFuture<Boolean> first =
          CompletableFuture.supplyAsync(() -> firstConnectionIsAnswered(port));
      HttpServer server = DashboardServer.await(open(port));
      answered += first.get() ? 1 : 0;
      DashboardServer.await(server.close());
    }
    assertTrue(answered > 0, "nobody came when it was open");
  }

  @Test
  void shouldAnswerWhoComesWhenItIsOpen() throws Exception {
    int port = FreePorts.block();
    DashboardServer.await(open(port));
    assertTrue(firstConnectionIsAnswered(port));
  }

  private Future<HttpServer> open(int port) {
    Promise<HttpServer> opened = Promise.promise();
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost("127.0.0.1")
            .setPort(port)
            .setHttp2ClearTextEnabled(false);
    context.runOnContext(
        none ->
            Opening.of(
                    vertx
                        .createHttpServer(options)
                        .requestHandler(request -> request.response().end("here")))
                .onComplete(opened));
    return opened.future();
  }

  /** If it is not answered it was closed. */
  private static boolean firstConnectionIsAnswered(int port) {
    while (true) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.getOutputStream().write(QUESTION);
        return socket.getInputStream().read() >= 0;
      } catch (SocketTimeoutException silent) {
        throw new AssertionError("connected, and neither answered nor closed", silent);
      } catch (ConnectException notYet) {
        Thread.onSpinWait();
      } catch (IOException closed) {
        return false;
      }
    }
  }
}
