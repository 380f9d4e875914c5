package dev.mabeam.link;

import io.vertx.core.buffer.Buffer;
import java.util.concurrent.Executor;

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

  /** Of at most 16 MB. The payload is the courier's from now on. */
  void send(LinkAddress to, byte type, Buffer payload);

  /**
   * Whether a line there is open and was heard within the last two seconds. May be called on any
   * thread.
   */
  boolean reaches(LinkAddress to);

  /**
   * {@code courier} for use on another thread than the link's. It takes the place of its handler.
   *
   * @param toLink runs tasks on the link's thread, in order
   * @param toCaller runs tasks on the thread that uses what is returned, in order
   */
  static Courier hopping(Courier courier, Executor toLink, Executor toCaller) {
    return new HoppingCourier(courier, toLink, toCaller);
  }

  /** Sets who hears what arrives. */
  void onFrame(Handler handler);

  /** Hears frames of other nodes of the same cluster. */
  @FunctionalInterface
  interface Handler {
    void frame(LinkAddress from, byte type, Buffer payload);
  }
}
