package dev.mabeam.link;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.net.BindException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * {@link LinkTransport} on plain TCP. Has to be created and used on one Vert.x context, on which
 * everything comes back; the {@code Vertx} is the caller's to close, after {@link #close()}.
 */
public final class TcpLinkTransport implements LinkTransport {
  private static final System.Logger LOG = System.getLogger(TcpLinkTransport.class.getName());

  /** A peer that reads nothing may not make this node's memory grow: its connection is closed. */
  private static final int MAX_QUEUED_BYTES = 64 * 1024 * 1024;

  private final Vertx vertx;
  private final NetClient client;
  private NetServer server;

  public TcpLinkTransport(Vertx vertx) {
    this.vertx = vertx;
    this.client =
        vertx.createNetClient(new NetClientOptions().setTcpNoDelay(true).setReconnectAttempts(0));
  }

  @Override
  public Future<LinkAddress> listen(LinkAddress address, Consumer<Connection> onConnection) {
    server = vertx.createNetServer(new NetServerOptions().setTcpNoDelay(true));
    server.connectHandler(socket -> onConnection.accept(new TcpConnection(socket)));
    return server
        .listen(address.port(), address.host())
        .map(bound -> new LinkAddress(address.host(), bound.actualPort()))
        .recover(failure -> Future.failedFuture(cannotListen(address, failure)));
  }

  private static MabeamException cannotListen(LinkAddress address, Throwable failure) {
    if (failure instanceof BindException) {
      return new MabeamException(
          ErrorCode.CONFLICT,
          "the link cannot listen at " + address + ": " + failure.getMessage(),
          "end what listens there, or choose another with --link-port or --bind");
    }
    return MabeamException.of(failure);
  }

  @Override
  public Future<Dial> dial(LinkAddress to, Duration timeout) {
    Future<Dial> connected =
        client.connect(to.port(), to.host()).map(s -> new Dial.Connected(new TcpConnection(s)));
    // A connection that comes too late is nobody's: whoever waited has gone on.
    Promise<Dial> promise = Promise.promise();
    long timer =
        vertx.setTimer(
            Math.max(1, timeout.toMillis()),
            id -> promise.tryComplete(new Dial.Silent("no answer in " + timeout.toMillis() + " ms")));
    connected.onComplete(
        dial -> {
          vertx.cancelTimer(timer);
          if (!promise.tryComplete(dial) && dial instanceof Dial.Connected late) {
            late.connection().close();
          }
        },
        failure -> {
          vertx.cancelTimer(timer);
          promise.tryComplete(outcome(failure));
        });
    return promise.future();
  }

  /** Only a refusal proves anything; whatever else went wrong, nobody answered. */
  private static Dial outcome(Throwable failure) {
    String why = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    boolean refused = failure instanceof ConnectException && why.contains("refused");
    return refused ? new Dial.Refused() : new Dial.Silent(why);
  }

  @Override
  public Future<Void> close() {
    Future<Void> stopped = server == null ? Future.succeededFuture() : server.close();
    return stopped.eventually(client::close);
  }

  private static final class TcpConnection implements Connection {
    private final NetSocket socket;
    private final FrameCodec codec = new FrameCodec();
    private Consumer<Frame> onFrame = frame -> {};
    private boolean closed;
    private Runnable onClose = () -> {};

    TcpConnection(NetSocket socket) {
      this.socket = socket;
      socket.setWriteQueueMaxSize(MAX_QUEUED_BYTES);
      socket.exceptionHandler(broken -> socket.close());
      socket.closeHandler(
          none -> {
            closed = true;
            onClose.run();
          });
      socket.handler(
          bytes -> {
            try {
              codec.decode(bytes, onFrame);
            } catch (FrameCodec.MalformedFrameException malformed) {
              LOG.log(
                  System.Logger.Level.WARNING,
                  "closing the link from " + remote() + ": " + malformed.getMessage());
              close();
            }
          });
    }

    @Override
    public void send(Frame frame) {
      if (closed) {
        return;
      }
      if (socket.writeQueueFull()) {
        close();
        return;
      }
      // A failed write closes the socket, and that is what its owner hears of.
      socket.write(FrameCodec.encode(frame));
    }

    @Override
    public void onFrame(Consumer<Frame> handler) {
      onFrame = handler;
    }

    @Override
    public void onClose(Runnable handler) {
      onClose = handler;
    }

    @Override
    public void close() {
      closed = true;
      socket.close();
    }

    @Override
    public String remote() {
      return String.valueOf(socket.remoteAddress());
    }
  }
}
