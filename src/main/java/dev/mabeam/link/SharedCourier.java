package dev.mabeam.link;

import io.vertx.core.buffer.Buffer;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * One courier for several rooms: each hears the frames of its own types, which are sixteen from the
 * one that it names on.
 *
 * <p>{@link #room} and {@link Courier#onFrame} may be called on any thread; frames are sent and
 * heard on the link's, so a room on another thread puts a {@link Courier#hopping} in between. A
 * frame that belongs to nobody, or to a room that is not open yet, is dropped.
 */
public final class SharedCourier {
  private static final int TYPES = 16;

  private final Courier courier;
  private final NavigableMap<Byte, Courier.Handler> rooms = new ConcurrentSkipListMap<>();

  /** Takes the place of {@code courier}'s handler. */
  public SharedCourier(Courier courier) {
    this.courier = courier;
    courier.onFrame(this::frame);
  }

  /** The courier of the room whose lowest type is {@code first}. */
  public Courier room(byte first) {
    return new Room(first);
  }

  private void frame(LinkAddress from, byte type, Buffer payload) {
    Map.Entry<Byte, Courier.Handler> room = rooms.floorEntry(type);
    if (room != null && type - room.getKey() < TYPES) {
      room.getValue().frame(from, type, payload);
    }
  }

  private final class Room implements Courier {
    private final byte first;

    Room(byte first) {
      this.first = first;
    }

    @Override
    public void send(LinkAddress to, byte type, Buffer payload) {
      courier.send(to, type, payload);
    }

    @Override
    public boolean reaches(LinkAddress to) {
      return courier.reaches(to);
    }

    @Override
    public void onFrame(Handler handler) {
      rooms.put(first, handler);
    }
  }
}
