package dev.mabeam.consensus;

import dev.mabeam.link.Packer;
import dev.mabeam.link.Unpacker;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/** What observers and those who feed them say to each other. */
final class FeedWire {
  private static final int VERSION = 1;

  /**
   * Feed me.
   *
   * @param feed random; a new one means: from {@code next} on, whatever you have sent before. The
   *     same one again acknowledges, and says that the observer is there
   * @param next the index of the entry that the observer lacks
   * @param image the index of the image of which it has the first {@code offset} bytes, or 0
   */
  record Follow(long feed, long next, long image, long offset) {
    Buffer encode() {
      Packer to = new Packer().octet(VERSION);
      return to.number(feed).number(next).number(image).number(offset).buffer();
    }

    static Follow decode(Buffer payload) {
      Unpacker from = new Unpacker(payload).version(VERSION, "a request to follow");
      return new Follow(from.number(), from.number(), from.number(), from.number());
    }
  }

  /**
   * Entries from {@code first} on; often none.
   *
   * @param last up to where the sender has applied the log
   * @param serves whether the sender is one to follow
   */
  record Entries(
      long feed, GroupStatus group, long last, boolean serves, long first, List<Buffer> entries) {
    Buffer encode() {
      Packer to = new Packer(Buffer.buffer(256)).octet(VERSION).number(feed);
      group.encode(to);
      to.number(last).flag(serves).number(first).number(entries.size());
      entries.forEach(to::bytes);
      return to.buffer();
    }

    static Entries decode(Buffer payload) {
      Unpacker from = new Unpacker(payload).version(VERSION, "entries");
      long feed = from.number();
      GroupStatus group = GroupStatus.decode(from);
      long last = from.number();
      boolean serves = from.flag();
      long first = from.number();
      int count = from.count();
      List<Buffer> entries = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        entries.add(from.bytes());
      }
      return new Entries(feed, group, last, serves, first, entries);
    }
  }

  /** A piece of the image of everything up to {@code index}, which is {@code total} bytes long. */
  record Image(long feed, long index, long total, long offset, Buffer piece) {
    Buffer encode() {
      Packer to = new Packer(Buffer.buffer(piece.length() + 64)).octet(VERSION);
      return to.number(feed).number(index).number(total).number(offset).bytes(piece).buffer();
    }

    static Image decode(Buffer payload) {
      Unpacker from = new Unpacker(payload).version(VERSION, "an image");
      return new Image(
          from.number(), from.number(), from.number(), from.number(), from.bytes());
    }
  }

  private FeedWire() {}
}
