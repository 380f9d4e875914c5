package dev.mabeam.consensus;

import dev.mabeam.link.Packer;
import dev.mabeam.link.Unpacker;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/** How commands travel to the leader, and what it says of them. */
final class ProposalWire {
  private static final int VERSION = 1;

  /** What became of an attempt, in so far as the leader knows at once. */
  enum Ruling {
    /** It will be appended, or refused later. */
    TAKEN,
    /** Certainly not appended: another one leads, or none. */
    NOT_LEADER,
    /** Certainly not appended: too many commands are under way. */
    OVERLOADED
  }

  /** One command. */
  record Item(boolean bulk, Buffer command) {}

  /** Attempts that follow each other; no items: a question whether the other one leads. */
  record Propose(long firstTicket, List<Item> items) {
    Buffer encode() {
      Packer to = new Packer(Buffer.buffer(256)).octet(VERSION).number(firstTicket);
      to.number(items.size());
      for (Item item : items) {
        to.flag(item.bulk).bytes(item.command);
      }
      return to.buffer();
    }

    static Propose decode(Buffer payload) {
      Unpacker from = new Unpacker(payload).version(VERSION, "a proposal");
      long first = from.number();
      int count = from.count();
      List<Item> items = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        items.add(new Item(from.flag(), from.bytes()));
      }
      return new Propose(first, items);
    }
  }

  /**
   * What became of {@code count} attempts from {@code firstTicket} on.
   *
   * @param group as whoever says it sees it
   */
  record Proposed(Ruling ruling, long firstTicket, int count, GroupStatus group) {
    Buffer encode() {
      Packer to = new Packer().octet(VERSION).octet(ruling.ordinal());
      to.number(firstTicket).number(count);
      group.encode(to);
      return to.buffer();
    }

    static Proposed decode(Buffer payload) {
      Unpacker from = new Unpacker(payload).version(VERSION, "a ruling on proposals");
      int ruling = from.octet();
      if (ruling >= Ruling.values().length) {
        throw new Unpacker.Malformed("ruling " + ruling);
      }
      return new Proposed(
          Ruling.values()[ruling], from.number(), (int) from.number(), GroupStatus.decode(from));
    }
  }

  private ProposalWire() {}
}
