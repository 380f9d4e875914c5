package dev.mabeam.link;

import io.vertx.core.buffer.Buffer;

/**
 * Lines to link addresses that carry what the rooms above say to each other, apart from the
 * heartbeats, so that a large message delays no heartbeat. A line is opened by the first thing sent
 * over it, watched, and opened again after it broke.
 *
 * <p>Guaranteed: what arrives is whole, and in order as long as one line lasts. <em>Not</em>
 * guaranteed: that it arrives. What is sent to an address that cannot be reached, or faster than it
 * reads, is dropped.
 */
public interface Courier {
  /** The lowest type that rooms above the link may use. */
  byte FIRST_TYPE = 16;

  void send(LinkAddress to, byte type, Buffer payload);

  /** Whether a line there is open and was heard within the last two seconds. */
  boolean reaches(LinkAddress to);

  /** Sets who hears what arrives. */
  void onFrame(Handler handler);

  /** Hears frames of other nodes of the same cluster. */
  @FunctionalInterface
  interface Handler {
    void frame(LinkAddress from, byte type, Buffer payload);
  }
}
