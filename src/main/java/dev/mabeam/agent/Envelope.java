package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.buffer.Buffer;

/**
 * What a checkpoint has besides the state, in bytes: a version, then what is remembered of senders,
 * the outbox and the reminders, each with its length before it, and empty where there is nothing.
 * What follows is passed over.
 */
record Envelope(Buffer senders, Buffer outbox, Buffer reminders) {
  static final Envelope EMPTY = new Envelope(Buffer.buffer(0), Buffer.buffer(0), Buffer.buffer(0));
  private static final byte VERSION = 1;

  /** Appends a part; what {@code write} appends is its content. */
  static void part(Buffer to, Runnable write) {
    int start = to.length();
    to.appendInt(0);
    write.run();
    to.setInt(start, to.length() - start - 4);
  }

  static Buffer begin() {
    return Buffer.buffer(256).appendByte(VERSION);
  }

  /** INVALID if this version cannot read it. */
  static Envelope decode(Buffer from) {
    if (from == null || from.length() == 0) {
      return EMPTY;
    }
    try {
      if (from.getByte(0) > VERSION) {
        throw unreadable("version " + from.getByte(0));
      }
      int outbox = 5 + from.getInt(1);
      int reminders = outbox + 4 + from.getInt(outbox);
      return new Envelope(
          from.getBuffer(5, outbox),
          from.getBuffer(outbox + 4, reminders),
          from.getBuffer(reminders + 4, reminders + 4 + from.getInt(reminders)));
    } catch (IndexOutOfBoundsException | IllegalArgumentException malformed) {
      throw unreadable(malformed.getMessage());
    }
  }

  private static MabeamException unreadable(String why) {
    return new MabeamException(
        ErrorCode.INVALID,
        "a checkpoint cannot be read: " + why,
        "it may have been written by a newer version");
  }
}
