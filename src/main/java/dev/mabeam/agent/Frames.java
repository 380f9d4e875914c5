package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;

/**
 * What nodes send each other about agents, in bytes. A batch is a version (1), the sender's node
 * id, the shard of that node where answers are awaited, and frames; a frame is its length, a kind,
 * and fields in the order of the methods here. What follows the known fields, and kinds that are
 * not known, are passed over.
 *
 * <p>Numbers of asks belong to the node that asks. {@code stands} is for how many nanoseconds after
 * the message reached the owner the owner knows its lease to hold: the asker takes the answer only
 * if no more has passed since it sent, by its own clock. A message that was not taken says {@link
 * #ALWAYS}.
 */
final class Frames {
  static final byte VERSION = 1;
  static final long ALWAYS = Long.MAX_VALUE;

  /** To an agent: number, origin (empty: the sender), its shard, agent, milliseconds left, body. */
  static final byte ASK = 1;
  static final byte TELL = 2;
  /** Back to the origin: number, stands, epoch, body. */
  static final byte ANSWER = 3;
  /** Back to the origin: number, stands, epoch, code, message, hint. */
  static final byte FAILURE = 4;
  /** To who sent it to a wrong owner: agent, owner, epoch. */
  static final byte MOVED = 5;
  /** Does that activation still hold? Number, agent, epoch. */
  static final byte CONFIRM = 6;
  /** It does: number, stands. */
  static final byte CONFIRMED = 7;

  private Frames() {}

  static Buffer batch(Origin from) {
    Buffer batch = Buffer.buffer(256).appendByte(VERSION);
    write(batch, from);
    return batch;
  }

  /**
   * Who awaits the answer, and where.
   *
   * @param node empty in a frame whose batch is of that node
   * @param shard which of the node's addresses
   */
  record Origin(String node, int shard) {
    static final Origin BATCH = new Origin("", 0);
  }

  private static void write(Buffer to, Origin origin) {
    text(to, origin.node());
    to.appendByte((byte) origin.shard());
  }

  static void message(
      Buffer to, byte kind, long number, Origin origin, String agent, long millis, Object body) {
    int start = head(to, kind, number, origin, agent, millis);
    Body.write(to, body);
    end(to, start);
  }

  /** With a body that is bytes already. */
  static void message(
      Buffer to, byte kind, long number, Origin origin, String agent, long millis, Raw body) {
    int start = head(to, kind, number, origin, agent, millis);
    to.appendBuffer(body.buffer(), body.start(), body.end() - body.start());
    end(to, start);
  }

  private static int head(
      Buffer to, byte kind, long number, Origin origin, String agent, long millis) {
    int start = start(to, kind);
    to.appendLong(number);
    write(to, origin);
    text(to, agent);
    to.appendInt((int) Math.max(1, Math.min(Integer.MAX_VALUE, millis)));
    return start;
  }

  static void answer(Buffer to, long number, long stands, long epoch, Object body) {
    int start = start(to, ANSWER);
    to.appendLong(number).appendLong(stands).appendLong(epoch);
    Body.write(to, body);
    end(to, start);
  }

  static void failure(Buffer to, long number, long stands, long epoch, MabeamException why) {
    int start = start(to, FAILURE);
    to.appendLong(number).appendLong(stands).appendLong(epoch);
    write(to, why);
    end(to, start);
  }

  /** Code, message and hint. */
  static void write(Buffer to, MabeamException why) {
    text(to, why.code().name());
    text(to, String.valueOf(why.getMessage()));
    text(to, why.hint());
  }

  /** What {@link #write(Buffer, MabeamException)} wrote there. */
  static MabeamException readFailure(Buffer from, int start) {
    return new Reader(from, start).failure();
  }

  static void moved(Buffer to, String agent, String owner, long epoch) {
    int start = start(to, MOVED);
    text(to, agent);
    text(to, owner);
    to.appendLong(epoch);
    end(to, start);
  }

  static void confirm(Buffer to, long number, String agent, long epoch) {
    int start = start(to, CONFIRM);
    to.appendLong(number);
    text(to, agent);
    to.appendLong(epoch);
    end(to, start);
  }

  static void confirmed(Buffer to, long number, long stands) {
    int start = start(to, CONFIRMED);
    to.appendLong(number).appendLong(stands);
    end(to, start);
  }

  private static int start(Buffer to, byte kind) {
    int start = to.length();
    to.appendInt(0).appendByte(kind);
    return start;
  }

  private static void end(Buffer to, int start) {
    to.setInt(start, to.length() - start - 4);
  }

  /** At most 64 KB of it: what is longer is the message of somebody's exception. */
  private static void text(Buffer to, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(bytes.length, 0xffff);
    to.appendUnsignedShort(length).appendBytes(bytes, 0, length);
  }

  /** A body in the middle of a batch. */
  record Raw(Buffer buffer, int start, int end) {
    /** INVALID if it cannot be read. */
    Object read() {
      return Body.read(buffer, start, end);
    }
  }

  /** Reads a batch: {@link #next}, then the fields of that kind in their order. */
  static final class Reader {
    private final Buffer batch;
    private final Origin from;
    private int at;
    private int end;

    /** INVALID if it is no batch of a version that this one knows. */
    Reader(Buffer batch) {
      this.batch = batch;
      if (batch.length() < 4 || batch.getByte(0) != VERSION) {
        throw new MabeamException(
            ErrorCode.INVALID, "this is no batch of messages that this version can read");
      }
      at = 1;
      end = batch.length();
      from = origin();
      end = at;
    }

    /** Of fields that are in no batch. */
    private Reader(Buffer fields, int at) {
      batch = fields;
      from = Origin.BATCH;
      this.at = at;
      end = fields.length();
    }

    Origin from() {
      return from;
    }

    Origin origin() {
      String node = text();
      return new Origin(node, batch.getUnsignedByte(at++));
    }

    /** Goes to the next frame and returns its kind, or 0 if there is none. */
    byte next() {
      if (end + 5 > batch.length()) {
        return 0;
      }
      int length = batch.getInt(end);
      at = end + 4;
      if (length < 1 || length > batch.length() - at) {
        throw new MabeamException(ErrorCode.INVALID, "a frame of " + length + " bytes is cut off");
      }
      end = at + length;
      return batch.getByte(at++);
    }

    long number() {
      at += 8;
      return batch.getLong(at - 8);
    }

    int millis() {
      at += 4;
      return batch.getInt(at - 4);
    }

    String text() {
      int length = batch.getUnsignedShort(at);
      at += 2 + length;
      return length == 0 ? "" : batch.getString(at - length, at);
    }

    /** The rest of the frame. */
    Raw body() {
      return new Raw(batch, at, end);
    }

    /** Code, message and hint. */
    MabeamException failure() {
      String code = text();
      String message = text();
      return new MabeamException(code(code), message, text());
    }

    private static ErrorCode code(String name) {
      try {
        return ErrorCode.valueOf(name);
      } catch (IllegalArgumentException unknown) {
        return ErrorCode.INTERNAL;
      }
    }
  }
}
