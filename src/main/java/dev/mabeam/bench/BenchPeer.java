package dev.mabeam.bench;

import dev.mabeam.Mabeam;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;

/**
 * One node's part in a benchmark: it is asked by the others over a socket and over the event bus,
 * and asks them when it is told to.
 *
 * <p>{@code bench.<name>} takes {@code {"run":what,"outstanding":n,"bytes":n,"millis":n,
 * "peer":name,"port":n}} and answers with what was {@link Measured}; without {@code run} it answers
 * with the port of this node's socket.
 */
public final class BenchPeer {
  private final Vertx vertx;
  private final Context context;
  private final SocketEcho socket;

  private BenchPeer(Mabeam mabeam) throws IOException {
    vertx = mabeam.vertx();
    context = vertx.getOrCreateContext();
    socket = new SocketEcho();
  }

  /** Serves on that node until the process ends; {@code name} is the node's. */
  public static Future<Void> start(Mabeam mabeam, String name) {
    try {
      BenchPeer peer = new BenchPeer(mabeam);
      EventBus bus = peer.vertx.eventBus();
      return Future.all(
              bus.consumer(echo(name), (Message<Buffer> asked) -> asked.reply(asked.body()))
                  .completion(),
              bus.consumer(control(name), peer::handle).completion())
          .mapEmpty();
    } catch (IOException failure) {
      return Future.failedFuture(failure);
    }
  }

  /** Where the node of that name is told what to do. */
  public static String control(String name) {
    return "bench." + name;
  }

  private static String echo(String name) {
    return "bench." + name + ".echo";
  }

  private void handle(Message<JsonObject> message) {
    JsonObject body = message.body();
    if (!body.containsKey("run")) {
      message.reply(new JsonObject().put("port", socket.port()));
      return;
    }
    run(body)
        .onComplete(
            measured -> message.reply(measured.toJson()),
            failure -> message.fail(ErrorCode.INTERNAL.status(), String.valueOf(failure)));
  }

  private Future<Measured> run(JsonObject order) {
    int outstanding = order.getInteger("outstanding");
    int bytes = order.getInteger("bytes");
    Duration length = Duration.ofMillis(order.getLong("millis"));
    String what = order.getString("run");
    return switch (what) {
      case "tcp", "tcpBatched" -> {
        int port = order.getInteger("port");
        yield vertx.executeBlocking(
            () -> SocketFlood.run(port, outstanding, bytes, what.equals("tcpBatched"), length));
      }
      case "bus" -> {
        EventBus bus = vertx.eventBus();
        String address = echo(order.getString("peer"));
        Buffer message = Buffer.buffer(new byte[bytes]);
        yield Flood.run(context, () -> bus.request(address, message), outstanding, length);
      }
      default ->
          Future.failedFuture(
              new MabeamException(ErrorCode.INVALID, "nothing is called '" + what + "'"));
    };
  }
}
