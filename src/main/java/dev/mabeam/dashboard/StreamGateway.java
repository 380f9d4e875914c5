package dev.mabeam.dashboard;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.event.LoggedEvent;
import dev.mabeam.membership.NodeInfo;
import dev.mabeam.verticle.VerticleInfo;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Puts WebSockets on the {@link StreamHub}, and the node's state into it. */
final class StreamGateway implements Handler<RoutingContext> {
  private static final System.Logger LOG = System.getLogger(StreamGateway.class.getName());

  private final StreamHub hub;
  private final DashboardContext node;

  StreamGateway(StreamHub hub, DashboardContext node) {
    this.hub = hub;
    this.node = node;
  }

  /** What a dashboard of that node shows now. */
  static StreamState state(DashboardContext node, EventMirror events, VariableRows variables) {
    ClusterAccess access = node.cluster();
    var status = access.status();
    JsonObject cluster = status.toJson();
    cluster.remove("nodes");
    List<AgentInfo> agents = access.agents().list();
    cluster
        .put("node", access.nodeId())
        .put("version", node.version())
        .put("consensus", Operations.consensus(access.consensus()))
        .put("agents", agents.size())
        .put("variables", access.variables().count());
    return new StreamState(
        cluster,
        status.nodes().stream()
            .collect(
                Collectors.toMap(
                    NodeInfo::id,
                    each -> MoveOperations.node(access, each),
                    (older, newer) -> newer)),
        access.verticles().stream()
            .collect(
                Collectors.toMap(
                    VerticleInfo::id, VerticleInfo::toJson, (older, newer) -> newer)),
        agents.stream()
            .limit(StreamState.AGENTS)
            .collect(
                Collectors.toMap(AgentInfo::id, AgentJson::row, (older, newer) -> newer)),
        counts(agents),
        variables.now(),
        MoveOperations.rows(access.migrations().list()),
        events.newest(StreamState.EVENTS).stream().map(LoggedEvent::toJson).toList());
  }

  private static JsonObject counts(List<AgentInfo> agents) {
    Map<String, Integer> counts = new TreeMap<>();
    agents.stream()
        .filter(agent -> !agent.node().isEmpty())
        .forEach(agent -> counts.merge(agent.node(), 1, Integer::sum));
    return new JsonObject(new LinkedHashMap<>(counts));
  }

  @Override
  public void handle(RoutingContext context) {
    if (!"websocket".equalsIgnoreCase(context.request().getHeader(HttpHeaders.UPGRADE))) {
      throw new MabeamException(
          ErrorCode.INVALID, "this is a WebSocket", "ask with 'Upgrade: websocket'");
    }
    if (hub.isFull()) {
      throw new MabeamException(
          ErrorCode.OVERLOADED,
          StreamHub.MAX_CLIENTS + " streams are open",
          "close one, or ask another node");
    }
    Role role = Guard.role(context);
    context
        .request()
        .toWebSocket()
        .onComplete(
            socket -> attach(socket, role),
            failure ->
                context.fail(
                    new MabeamException(
                        ErrorCode.INVALID, "the WebSocket's handshake is not valid")));
  }

  private void attach(ServerWebSocket socket, Role role) {
    StreamHub.Session session = hub.open(client(socket), hello(role));
    socket.textMessageHandler(session::onMessage);
    socket.binaryMessageHandler(binary -> session.onMessage(""));
    socket.drainHandler(ready -> session.onReady());
    socket.closeHandler(closed -> session.onClose());
    socket.exceptionHandler(
        failure -> LOG.log(System.Logger.Level.DEBUG, "a dashboard's stream broke", failure));
  }

  private JsonObject hello(Role role) {
    return new JsonObject()
        .put("type", "hello")
        .put("v", 1)
        .put("node", node.cluster().nodeId())
        .put("cluster", node.cluster().status().id())
        .put("version", node.version())
        .put("role", role.json());
  }

  private static StreamHub.Client client(ServerWebSocket socket) {
    return new StreamHub.Client() {
      @Override
      public boolean isReady() {
        return !socket.writeQueueFull();
      }

      @Override
      public void send(String text) {
        if (!socket.isClosed()) {
          socket.writeTextMessage(text);
        }
      }

      @Override
      public void close(int status, String reason) {
        if (!socket.isClosed()) {
          socket.close((short) status, reason);
        }
      }
    };
  }
}
