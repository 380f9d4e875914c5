package dev.mabeam.consensus;

import dev.mabeam.link.Packer;
import dev.mabeam.link.Unpacker;
import io.vertx.core.buffer.Buffer;

/**
 * What an entry of the log asks for; the form in which it is stored and travels is explicit and has
 * a version.
 *
 * <p>Commands for machines belong to a session. Those that open and close sessions and those about
 * members do not: a second application of one of them changes nothing. They carry a random number,
 * by which whoever proposed them recognizes the outcome.
 */
sealed interface Command {
  /**
   * For the machine of that name.
   *
   * @param session the number it got when it was opened
   * @param request counts within the session, from 1
   * @param floor below it the proposer has settled or given up everything
   */
  record Apply(long session, long request, long floor, String machine, Buffer body)
      implements Command {}

  /** Opens a session for that member; the answer is its number. */
  record Open(long nonce, String node) implements Command {}

  /** Closes a session whatever it did lately. */
  record Close(long session) implements Command {}

  /** Closes a session if nothing was applied in it after {@code ordinal}. */
  record Expire(long session, long ordinal) implements Command {}

  /** Concerns {@link MemberTable}. */
  record OfMembers(long nonce, Buffer body) implements Command {}

  int VERSION = 1;

  /** Never 0, which is what an entry of the log's own begins with. */
  default Buffer encode() {
    Packer packer = new Packer().octet(VERSION);
    if (this instanceof Apply apply) {
      packer.octet(1).number(apply.session).number(apply.request).number(apply.floor);
      packer.text(apply.machine).bytes(apply.body);
    } else if (this instanceof Open open) {
      packer.octet(2).number(open.nonce).text(open.node);
    } else if (this instanceof Close close) {
      packer.octet(3).number(close.session);
    } else if (this instanceof Expire expire) {
      packer.octet(4).number(expire.session).number(expire.ordinal);
    } else if (this instanceof OfMembers members) {
      packer.octet(5).number(members.nonce).bytes(members.body);
    }
    return packer.buffer();
  }

  static Command decode(Buffer bytes) {
    Unpacker from = new Unpacker(bytes).version(VERSION, "a command");
    int kind = from.octet();
    return switch (kind) {
      case 1 ->
          new Apply(from.number(), from.number(), from.number(), from.text(), from.bytes());
      case 2 -> new Open(from.number(), from.text());
      case 3 -> new Close(from.number());
      case 4 -> new Expire(from.number(), from.number());
      case 5 -> new OfMembers(from.number(), from.bytes());
      default -> throw new Unpacker.Malformed("a command of kind " + kind);
    };
  }
}
