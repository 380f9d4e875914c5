package dev.mabeam.link;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Connections that carry {@link Frame}s in order, over sockets or in the simulation. Everything is
 * called, and calls back, on one thread.
 */
public interface LinkTransport {
  /**
   * Listens at {@code address}; completes with the address that was bound (a port of 0 is
   * replaced), fails with CONFLICT if it is taken.
   */
  Future<LinkAddress> listen(LinkAddress address, Consumer<Connection> onConnection);

  /** Tries to connect. Always succeeds, with what came of it, at the latest after {@code timeout}. */
  Future<Dial> dial(LinkAddress to, Duration timeout);

  /** Closes the listener and every connection. */
  Future<Void> close();

  /** What came of an attempt to connect. */
  sealed interface Dial {
    /** Somebody accepts connections there, which does not yet say that it answers. */
    record Connected(Connection connection) implements Dial {}

    /** The machine is there and nobody listens at that port. */
    record Refused() implements Dial {}

    /** No answer within the timeout, or no way there. */
    record Silent(String why) implements Dial {}
  }

  /** One connection. Handlers are set in the turn in which it is handed out, or frames are lost. */
  interface Connection {
    /** Sends, or drops the frame if the connection is closed. */
    void send(Frame frame);

    /** Hears every frame; a malformed one closes the connection instead. */
    void onFrame(Consumer<Frame> handler);

    /** Called once, when either side closes or the connection breaks. */
    void onClose(Runnable handler);

    void close();

    /** The other end, for messages to operators. */
    String remote();
  }
}
