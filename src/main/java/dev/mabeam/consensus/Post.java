package dev.mabeam.consensus;

import dev.mabeam.link.Courier;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.Unpacker;
import dev.mabeam.time.Scheduler;
import io.vertx.core.buffer.Buffer;
import java.util.HashMap;
import java.util.Map;

/**
 * Frames to and from other nodes and this one itself, each type to whom it concerns. What a node
 * sends itself arrives in a later turn, and always does.
 */
final class Post {
  private static final System.Logger LOG = System.getLogger(Post.class.getName());

  private final Courier courier;
  private final Scheduler scheduler;
  private final Map<Byte, Courier.Handler> handlers = new HashMap<>();
  private LinkAddress self;
  private boolean closed;

  Post(Courier courier, Scheduler scheduler) {
    this.courier = courier;
    this.scheduler = scheduler;
    courier.onFrame(this::arrived);
  }

  /** Who this node is, for others; before it is known there is no way to itself. */
  void self(LinkAddress address) {
    self = address;
  }

  LinkAddress self() {
    return self;
  }

  boolean isSelf(LinkAddress address) {
    return address.equals(self);
  }

  void on(byte type, Courier.Handler handler) {
    handlers.put(type, handler);
  }

  void send(LinkAddress to, byte type, Buffer payload) {
    if (closed) {
      return;
    }
    if (isSelf(to)) {
      scheduler.execute(() -> arrived(to, type, payload));
    } else {
      courier.send(to, type, payload);
    }
  }

  /** Whether what is sent there probably arrives. */
  boolean reaches(LinkAddress to) {
    return isSelf(to) || courier.reaches(to);
  }

  private void arrived(LinkAddress from, byte type, Buffer payload) {
    Courier.Handler handler = handlers.get(type);
    if (handler == null || closed) {
      return;
    }
    try {
      handler.frame(from, type, payload);
    } catch (Unpacker.Malformed malformed) {
      LOG.log(
          System.Logger.Level.WARNING, "a frame of type " + type + " from " + from, malformed);
    }
  }

  void close() {
    closed = true;
  }
}
