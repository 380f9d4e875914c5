package dev.mabeam.checkpoint;

import dev.mabeam.link.Checksum;
import dev.mabeam.link.Packer;
import dev.mabeam.link.Unpacker;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What rooms of two nodes say to each other. Each begins with a version, the store that is meant or
 * that answers, the room that asked (so that the answer to an earlier one is none), and the number
 * of the request. Whatever follows what is known is of a later version and ignored.
 */
sealed interface Message {
  /** The lowest type of this room's frames; they end below 64. */
  byte FIRST_TYPE = 48;

  byte WRITES = 48;
  byte WRITTEN = 49;
  byte PIECE = 50;
  byte TAKEN = 51;
  byte SEAL = 52;
  byte PROMISED = 53;
  byte READ = 54;
  byte PART = 55;

  /** More than anything but keys and states takes up. */
  int SMALL = 128;

  /** The form that this version writes. */
  int VERSION = 1;

  /**
   * Whom it concerns.
   *
   * @param store that is asked, or answers
   * @param room that asks
   * @param request counts what that room asked
   */
  record About(String store, long room, long request) {}

  About about();

  byte type();

  /** What follows {@link #about}. */
  void pack(Packer to);

  /** About how many bytes {@link #pack} writes, rather too many than too few. */
  default int size() {
    return SMALL;
  }

  /** What is new of several keys. */
  record Writes(About about, List<Update> updates) implements Message {
    @Override
    public byte type() {
      return WRITES;
    }

    @Override
    public void pack(Packer to) {
      to.number(updates.size());
      updates.forEach(update -> update.pack(to));
    }

    @Override
    public int size() {
      return SMALL + updates.stream().mapToInt(Update::size).sum();
    }
  }

  /** What became of each of them. */
  record Written(About about, List<Outcome> outcomes) implements Message {
    @Override
    public byte type() {
      return WRITTEN;
    }

    @Override
    public void pack(Packer to) {
      to.number(outcomes.size());
      outcomes.forEach(outcome -> Message.pack(outcome, to));
    }
  }

  /** A part of an {@link Update} that is too long for a frame. */
  record Piece(About about, long offset, long total, Buffer bytes) implements Message {
    @Override
    public byte type() {
      return PIECE;
    }

    @Override
    public void pack(Packer to) {
      to.number(offset).number(total).number(Checksum.of(bytes)).bytes(bytes);
    }

    @Override
    public int size() {
      return SMALL + bytes.length();
    }
  }

  /**
   * Up to where a long update is there.
   *
   * @param outcome what became of it, once all of it is there; else null
   */
  record Taken(About about, long upTo, Outcome outcome) implements Message {
    @Override
    public byte type() {
      return TAKEN;
    }

    @Override
    public void pack(Packer to) {
      to.number(upTo).flag(outcome != null);
      if (outcome != null) {
        Message.pack(outcome, to);
      }
    }
  }

  /** Keys that are to be sealed. */
  record Seal(About about, List<SealRequest> keys) implements Message {
    @Override
    public byte type() {
      return SEAL;
    }

    @Override
    public void pack(Packer to) {
      to.number(keys.size());
      for (SealRequest key : keys) {
        to.text(key.key()).number(key.epoch()).number(key.setVersion());
      }
    }
  }

  /**
   * What a store has of a key.
   *
   * @param update all of it, or null if it has to be read
   */
  record Found(long epoch, long position, Update update) {}

  /** A store's word on one key; {@code found} is null if it has nothing. */
  record Word(Outcome outcome, Found found) {
    private int size() {
      return SMALL + (found == null || found.update == null ? 0 : found.update.size());
    }
  }

  /** The words on the keys that were to be sealed, in their order. */
  record Promised(About about, List<Word> words) implements Message {
    @Override
    public byte type() {
      return PROMISED;
    }

    @Override
    public void pack(Packer to) {
      to.number(words.size());
      for (Word word : words) {
        Message.pack(word.outcome, to);
        to.flag(word.found != null);
        if (word.found != null) {
          to.number(word.found.epoch).number(word.found.position);
          to.flag(word.found.update != null);
          if (word.found.update != null) {
            word.found.update.pack(to);
          }
        }
      }
    }

    @Override
    public int size() {
      return words.stream().mapToInt(Word::size).sum() + SMALL;
    }
  }

  /** Asks for a part of what was found. */
  record Read(About about, String key, long epoch, long position, long offset)
      implements Message {
    @Override
    public byte type() {
      return READ;
    }

    @Override
    public void pack(Packer to) {
      to.text(key).number(epoch).number(position).number(offset);
    }
  }

  /** The part, or a total of 0: that is not there any more. */
  record Part(About about, long offset, long total, Buffer bytes) implements Message {
    @Override
    public byte type() {
      return PART;
    }

    @Override
    public void pack(Packer to) {
      to.number(offset).number(total).number(Checksum.of(bytes)).bytes(bytes);
    }

    @Override
    public int size() {
      return SMALL + bytes.length();
    }
  }

  /** As a frame's payload. */
  default Buffer encode() {
    About about = about();
    // In one piece from the start: one that grows ends up twice as large as what is in it.
    Packer to = new Packer(Buffer.buffer(about.store().length() + SMALL + size()));
    to.octet(VERSION).text(about.store()).number(about.room()).number(about.request());
    pack(to);
    return to.buffer();
  }

  /** Null if this version knows no such type. */
  static Message decode(byte type, Buffer payload) {
    Unpacker in = new Unpacker(payload);
    in.octet();
    About about = new About(in.text(), in.number(), in.number());
    return switch (type) {
      case WRITES -> new Writes(about, updates(in));
      case WRITTEN -> new Written(about, outcomes(in));
      case PIECE -> {
        long offset = in.number();
        long total = in.number();
        yield new Piece(about, offset, total, checked(in));
      }
      case TAKEN -> new Taken(about, in.number(), in.flag() ? outcome(in) : null);
      case SEAL -> new Seal(about, requests(in));
      case PROMISED -> new Promised(about, words(in));
      case READ ->
          new Read(about, in.text(), in.number(), in.number(), in.number());
      case PART -> {
        long offset = in.number();
        long total = in.number();
        yield new Part(about, offset, total, checked(in));
      }
      default -> null;
    };
  }

  private static void pack(Outcome outcome, Packer to) {
    to.octet(outcome.kind().ordinal()).number(outcome.epoch());
  }

  private static Outcome outcome(Unpacker in) {
    int kind = in.octet();
    if (kind >= Outcome.Kind.ALL.size()) {
      throw new Unpacker.Malformed("an outcome of kind " + kind);
    }
    long epoch = in.number();
    Outcome.Kind known = Outcome.Kind.ALL.get(kind);
    return known == Outcome.Kind.DONE ? Outcome.DONE : new Outcome(known, epoch);
  }

  private static List<Outcome> outcomes(Unpacker in) {
    int count = in.count();
    List<Outcome> outcomes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      outcomes.add(outcome(in));
    }
    return outcomes;
  }

  private static List<Update> updates(Unpacker in) {
    int count = in.count();
    List<Update> updates = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      updates.add(Update.unpack(in));
    }
    return updates;
  }

  private static List<SealRequest> requests(Unpacker in) {
    int count = in.count();
    List<SealRequest> requests = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      requests.add(new SealRequest(in.text(), in.number(), in.number()));
    }
    return requests;
  }

  private static List<Word> words(Unpacker in) {
    int count = in.count();
    List<Word> words = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      Outcome outcome = outcome(in);
      Found found = null;
      if (in.flag()) {
        found =
            new Found(in.number(), in.number(), in.flag() ? Update.decode(in.bytes()) : null);
      }
      words.add(new Word(outcome, found));
    }
    return words;
  }

  private static Buffer checked(Unpacker in) {
    long sum = in.number();
    Buffer bytes = in.bytes();
    if (sum != Checksum.of(bytes)) {
      throw new Unpacker.Malformed("a piece of " + bytes.length() + " bytes with a wrong checksum");
    }
    return bytes;
  }
}
