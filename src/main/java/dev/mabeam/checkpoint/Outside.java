package dev.mabeam.checkpoint;

import dev.mabeam.link.Courier;
import io.vertx.core.buffer.Buffer;

/** What a room has around it, as its parts see it. */
final class Outside {
  private final Courier courier;
  private final Stores stores;
  private final CheckpointCounts counts;
  final CheckpointStore own;
  private final long room;
  private long lastRequest;

  Outside(
      Courier courier, Stores stores, CheckpointStore own, CheckpointCounts counts, long room) {
    this.courier = courier;
    this.stores = stores;
    this.own = own;
    this.counts = counts;
    this.room = room;
  }

  boolean isOwn(String store) {
    return store.equals(own.id());
  }

  /** Whether no member has it any more. */
  boolean gone(String store) {
    return !isOwn(store) && stores.all().get(store) == null;
  }

  /** A new request to that store. */
  Message.About about(String store) {
    return new Message.About(store, room, ++lastRequest);
  }

  /** Whether this room asked. */
  boolean isMine(Message.About about) {
    return about.room() == room;
  }

  CheckpointCounts counts() {
    return counts;
  }

  void send(Message message) {
    Stores.Store to = stores.all().get(message.about().store());
    if (to != null) {
      Buffer payload = message.encode();
      counts.bytes.add(payload.length());
      courier.send(to.address(), message.type(), payload);
    }
  }
}
