package dev.mabeam.dashboard;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.VertxScheduler;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.openapi.contract.OpenAPIContract;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.util.concurrent.TimeUnit;

/**
 * Serves a node over HTTP. Deploy one instance, on the clustered Vert.x.
 *
 * <p>Guaranteed: it answers reads from what the node knows, also without a majority. Deployment
 * fails with CONFLICT if the port is in use.
 */
public final class DashboardVerticle extends VerticleBase {
  private static final int IDLE_SECONDS = 120;
  /** Of what clients send; what they get is as long as it is. */
  private static final int MAX_MESSAGE = 65_536;
  /** A variable's token has an entry for each store that a session has seen. */
  private static final int MAX_HEADERS = 65_536;

  private final DashboardContext node;
  private StreamHub hub;
  private HttpServer server;

  public DashboardVerticle(DashboardContext node) {
    this.node = node;
  }

  /** The port that is bound; -1 before the deployment has succeeded. */
  public int port() {
    return server == null ? -1 : server.actualPort();
  }

  @Override
  public Future<?> start() {
    return Future.all(
            vertx.executeBlocking(DashboardVerticle::document),
            EventMirror.start(node.events(), node.eventsContext(), context))
        .compose(
            both -> {
              JsonObject document = both.resultAt(0);
              EventMirror events = both.resultAt(1);
              return OpenAPIContract.from(vertx, document.copy())
                  .compose(contract -> listen(contract, document, events));
            });
  }

  /** From the class path, and never from the working directory. */
  private static JsonObject document() throws IOException {
    try (InputStream in = DashboardVerticle.class.getResourceAsStream("/openapi.json")) {
      return new JsonObject(Buffer.buffer(in.readAllBytes()));
    }
  }

  private Future<HttpServer> listen(
      OpenAPIContract contract, JsonObject document, EventMirror events) {
    VertxScheduler scheduler = new VertxScheduler(vertx, context);
    VariableRows variables = new VariableRows(node.cluster()::variables, scheduler);
    hub = new StreamHub(() -> StreamGateway.state(node, events, variables), scheduler);
    Metrics.bind(node.registry(), node.cluster(), hub);
    Operations operations =
        new Operations(
            node,
            document,
            events,
            new BusGateway(vertx.eventBus()),
            new StreamGateway(hub, node));
    AuditTrail audit = new AuditTrail(events::publish, scheduler::nanos);
    Failures failures = new Failures(vertx);
    Guard guard = new Guard(new Access(node.options()), audit, contract);
    Router router = Routes.create(vertx, contract, guard, failures, operations.handlers());
    hub.start();
    HttpServer opening =
        vertx
            .createHttpServer(serverOptions())
            .requestHandler(router)
            .invalidRequestHandler(failures::refuseInvalid);
    return Opening.of(opening)
        .onSuccess(listening -> server = listening)
        .recover(failure -> Future.failedFuture(describe(failure)));
  }

  private HttpServerOptions serverOptions() {
    return new HttpServerOptions()
        .setHost(node.options().host())
        .setPort(node.options().port())
        .setIdleTimeout(IDLE_SECONDS)
        .setIdleTimeoutUnit(TimeUnit.SECONDS)
        .setMaxHeaderSize(MAX_HEADERS)
        .setHttp2ClearTextEnabled(false)
        .setMaxWebSocketFrameSize(MAX_MESSAGE)
        .setMaxWebSocketMessageSize(MAX_MESSAGE);
  }

  private Throwable describe(Throwable failure) {
    if (!(failure instanceof BindException)) {
      return failure;
    }
    return new MabeamException(
        ErrorCode.CONFLICT,
        "HTTP cannot bind " + node.options().host() + ":" + node.options().port() + ": "
            + failure.getMessage(),
        "end what uses the port, or choose another with --http-port",
        failure);
  }

  @Override
  public Future<?> stop() {
    if (hub != null) {
      hub.stop();
    }
    return server == null ? Future.succeededFuture() : server.close();
  }
}
