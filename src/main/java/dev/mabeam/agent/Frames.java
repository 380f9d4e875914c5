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
 * <p>Nodes of two versions: one that does not know numbered messages passes them over, and they end
 * with TIMEOUT; what comes without a number is handled as it always was, at most once.
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
  /** Who numbers messages of this batch that name nobody: sender. */
  static final byte SENDER = 8;
  /**
   * As {@link #ASK} and {@link #TELL}, and between milliseconds and body: sender (empty: the
   * batch's), sequence, floor, milliseconds since it was first sent (-1: unknown).
   */
  static final byte NUMBERED_ASK = 9;
  static final byte NUMBERED_TELL = 10;
  /** Back to the origin: it is in the mailbox. Number. */
  static final byte TAKEN = 11;
  /** To an agent: it has no use for answers below that: agent, sender (as above), floor. */
  static final byte SETTLED = 12;
  /** Before a numbered message: what was known when that was first sent. Epoch. */
  static final byte KNEW = 13;

  private Frames() {}

  static Buffer batch(Origin from) {
    Buffer batch = Buffer.buffer(256).appendByte(VERSION);
    write(batch, from);
    return batch;
  }

  /** A batch with messages that this sender has numbered. */
  static Buffer batch(Origin from, String sender) {
    Buffer batch = batch(from);
    int start = start(batch, SENDER);
    text(batch, sender);
    end(batch, start);
    return batch;
  }

  /** What a message to an agent says besides its body. */
  record Head(boolean asked, long number, Origin origin, String agent, long millis, Stamp stamp) {}

  /**
   * A message to an agent.
   *
   * @param sender of the batch
   * @param body {@link Raw}, or {@link Body#encoded}
   */
  static void message(Buffer to, String sender, Head head, Object body) {
    Stamp stamp = head.stamp();
    if (stamp.knew() != Stamp.UNKNOWN) {
      int knew = start(to, KNEW);
      to.appendLong(stamp.knew());
      end(to, knew);
    }
    int start = start(to, head.asked() ? NUMBERED_ASK : NUMBERED_TELL);
    fields(to, head.number(), head.origin(), head.agent(), head.millis());
    text(to, stamp.sender().equals(sender) ? "" : stamp.sender());
    to.appendLong(stamp.sequence()).appendLong(stamp.floor());
    to.appendInt((int) Math.min(Integer.MAX_VALUE, stamp.ageMillis()));
    if (body instanceof Raw raw) {
      raw.write(to);
    } else {
      Body.write(to, body);
    }
    end(to, start);
  }

  static void taken(Buffer to, long number) {
    int start = start(to, TAKEN);
    to.appendLong(number);
    end(to, start);
  }

  static void settled(Buffer to, String sender, String agent, Stamp stamp) {
    int start = start(to, SETTLED);
    text(to, agent);
    text(to, stamp.sender().equals(sender) ? "" : stamp.sender());
    to.appendLong(stamp.floor());
    end(to, start);
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
    body.write(to);
    end(to, start);
  }

  private static int head(
      Buffer to, byte kind, long number, Origin origin, String agent, long millis) {
    int start = start(to, kind);
    fields(to, number, origin, agent, millis);
    return start;
  }

  private static void fields(Buffer to, long number, Origin origin, String agent, long millis) {
    to.appendLong(number);
    write(to, origin);
    text(to, agent);
    to.appendInt((int) Math.max(1, Math.min(Integer.MAX_VALUE, millis)));
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

    private void write(Buffer to) {
      to.appendBuffer(buffer, start, end - start);
    }
  }

  /** Reads a batch: {@link #next}, then the fields of that kind in their order. */
  static final class Reader {
    private final Buffer batch;
    private final Origin from;
    private String sender = "";
    private long knew = Stamp.UNKNOWN;
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
      knew = Stamp.UNKNOWN;
      byte kind = frame();
      while (kind == SENDER || kind == KNEW) {
        if (kind == SENDER) {
          sender = text();
        } else {
          knew = number();
        }
        kind = frame();
      }
      return kind;
    }

    private byte frame() {
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

    /** A sender's name; of the batch's, if none is there. */
    String sender() {
      String name = text();
      return name.isEmpty() ? sender : name;
    }

    Stamp stamp() {
      return new Stamp(sender(), number(), number(), millis(), knew);
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
