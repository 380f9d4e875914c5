package dev.mabeam.agent;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Batches what goes to other nodes: the frames that one event-loop thread writes in one turn become
 * one message a node on the event bus. So a burst costs the bus one message, and a single ask
 * nothing but the end of the turn. What other threads write is sent from the room's context.
 *
 * <p>Frames that one event-loop thread writes for one node arrive in that order, if they arrive.
 */
final class Outgoing {
  /** What sends a batch. */
  interface Sender {
    void send(String node, Buffer batch);
  }

  /** A batch is sent when it has this many bytes, whether or not the turn is over. */
  private static final int FULL = 64 * 1024;

  private final String nodeId;
  private final Context room;
  private final Sender sender;
  private final ThreadLocal<Lane> lanes = new ThreadLocal<>();
  private final Lane shared = new Lane();

  Outgoing(String nodeId, Context room, Sender sender) {
    this.nodeId = nodeId;
    this.room = room;
    this.sender = sender;
  }

  /** Has {@code frame} written into a batch for {@code node}. Any thread. */
  void write(String node, Consumer<Buffer> frame) {
    Context current = Vertx.currentContext();
    if (current == null || !current.isEventLoopContext()) {
      synchronized (shared) {
        shared.write(node, frame, room);
      }
      return;
    }
    Lane own = lanes.get();
    if (own == null) {
      own = new Lane();
      lanes.set(own);
    }
    own.write(node, frame, current);
  }

  private final class Lane {
    private Map<String, Buffer> batches = new HashMap<>();
    private boolean scheduled;

    void write(String node, Consumer<Buffer> frame, Context context) {
      Buffer batch = batches.computeIfAbsent(node, none -> Frames.batch(nodeId));
      frame.accept(batch);
      if (batch.length() >= FULL) {
        batches.remove(node);
        sender.send(node, batch);
      }
      if (!scheduled) {
        scheduled = true;
        context.runOnContext(none -> flush());
      }
    }

    private void flush() {
      Map<String, Buffer> full;
      if (this == shared) {
        synchronized (this) {
          full = take();
        }
      } else {
        full = take();
      }
      full.forEach(sender::send);
    }

    private Map<String, Buffer> take() {
      Map<String, Buffer> full = batches;
      batches = new HashMap<>();
      scheduled = false;
      return full;
    }
  }
}
