package dev.mabeam.testing;

import dev.mabeam.link.Frame;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.LinkTransport;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A link transport that loses frames across a cut, in both directions, and finds silence where it
 * dials. Each connection was dialled by one end, and that end's decorator is enough.
 */
final class LinkCut implements LinkTransport {
  private final LinkTransport transport;
  private final String node;
  private final Function<LinkAddress, String> nodeAt;
  private final Cuts cuts;

  LinkCut(
      LinkTransport transport, String node, Function<LinkAddress, String> nodeAt, Cuts cuts) {
    this.transport = transport;
    this.node = node;
    this.nodeAt = nodeAt;
    this.cuts = cuts;
  }

  @Override
  public Future<LinkAddress> listen(LinkAddress address, Consumer<Connection> onConnection) {
    return transport.listen(address, onConnection);
  }

  @Override
  public Future<Dial> dial(LinkAddress to, Duration timeout) {
    String peer = nodeAt.apply(to);
    if (cuts.between(node, peer)) {
      return Future.succeededFuture(new Dial.Silent("cut off from " + peer));
    }
    return transport
        .dial(to, timeout)
        .map(
            dial ->
                dial instanceof Dial.Connected connected
                    ? new Dial.Connected(new CutConnection(connected.connection(), peer))
                    : dial);
  }

  @Override
  public Future<Void> close() {
    return transport.close();
  }

  private final class CutConnection implements Connection {
    private final Connection connection;
    private final String peer;

    CutConnection(Connection connection, String peer) {
      this.connection = connection;
      this.peer = peer;
    }

    @Override
    public void send(Frame frame) {
      if (!cuts.between(node, peer)) {
        connection.send(frame);
      }
    }

    @Override
    public void onFrame(Consumer<Frame> handler) {
      connection.onFrame(
          frame -> {
            if (!cuts.between(node, peer)) {
              handler.accept(frame);
            }
          });
    }

    @Override
    public void onClose(Runnable handler) {
      connection.onClose(handler);
    }

    @Override
    public void close() {
      connection.close();
    }

    @Override
    public String remote() {
      return connection.remote();
    }
  }
}
