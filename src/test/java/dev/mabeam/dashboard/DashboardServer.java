package dev.mabeam.dashboard;

import dev.mabeam.bus.VertxBus;
import dev.mabeam.event.EventLog;
import dev.mabeam.event.Events;
import dev.mabeam.time.VertxScheduler;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** A real HTTP server on a free port, over a {@link FakeCluster}. */
final class DashboardServer implements AutoCloseable {
  static {
    System.setProperty("jdk.httpclient.allowRestrictedHeaders", "host");
  }

  record Answer(int status, HttpHeaders headers, Buffer body) {
    String header(String name) {
      return headers.firstValue(name).orElse(null);
    }

    JsonObject json() {
      return body.toJsonObject();
    }

    String errorCode() {
      return json().getJsonObject("error").getString("code");
    }
  }

  final FakeCluster cluster = new FakeCluster();
  final Vertx vertx;
  final Events events;
  final Context eventsContext;
  volatile boolean stopping;
  volatile boolean roomOnDisk = true;
  volatile boolean cachesRunning = true;
  private final PrometheusMeterRegistry registry = Metrics.registry();
  private final DashboardVerticle verticle;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  DashboardServer(DashboardOptions options) throws Exception {
    vertx = measured(registry);
    eventsContext = vertx.getOrCreateContext();
    VertxScheduler scheduler = new VertxScheduler(vertx, eventsContext);
    events =
        new Events(
            "n1#1", new VertxBus(vertx.eventBus()), scheduler, new EventLog(1_000));
    verticle =
        new DashboardVerticle(
            new DashboardContext(
                options, cluster, events, eventsContext, () -> roomOnDisk, () -> cachesRunning,
                () -> stopping,
                registry, "0.1-test"));
    await(vertx.deployVerticle(verticle));
  }

  /** A Vert.x whose figures are in that registry. */
  static Vertx measured(PrometheusMeterRegistry registry) {
    return Vertx.builder()
        .with(
            new VertxOptions()
                .setMetricsOptions(new MicrometerMetricsOptions().setEnabled(true)))
        .withMetrics(new MicrometerMetricsFactory(registry))
        .build();
  }

  static DashboardServer onLoopback() throws Exception {
    return new DashboardServer(new DashboardOptions("127.0.0.1", 0, "", Set.of("n1")));
  }

  static DashboardServer everywhere(String token) throws Exception {
    return new DashboardServer(new DashboardOptions("0.0.0.0", 0, token, Set.of("n1")));
  }

  static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  int port() {
    return verticle.port();
  }

  Answer get(String path) throws Exception {
    return send(HttpMethod.GET, path, null, Map.of());
  }

  Answer post(String path, String body) throws Exception {
    return send(HttpMethod.POST, path, body, Map.of("Content-Type", "application/json"));
  }

  Answer send(HttpMethod method, String path, String body, Map<String, String> headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
            .timeout(Duration.ofSeconds(20))
            .method(
                method.name(),
                body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    headers.forEach(request::header);
    HttpResponse<byte[]> answer = client.send(request.build(), BodyHandlers.ofByteArray());
    return new Answer(answer.statusCode(), answer.headers(), Buffer.buffer(answer.body()));
  }

  @Override
  public void close() {
    vertx
        .close()
        .toCompletionStage()
        .toCompletableFuture()
        .orTimeout(20, TimeUnit.SECONDS)
        .join();
    registry.close();
  }
}
