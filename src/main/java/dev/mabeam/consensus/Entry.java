package dev.mabeam.consensus;

import dev.mabeam.link.Packer;
import dev.mabeam.link.Unpacker;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/** One entry of the log: encoded commands that came to the leader at about the same time. */
final class Entry {
  private static final int VERSION = 1;
  private static final int LONGEST_NUMBER = 5;

  private Entry() {}

  static Buffer encode(List<Buffer> commands) {
    // It is kept for a while, so it is made about as long as it has to be.
    int length = 1 + LONGEST_NUMBER;
    for (Buffer command : commands) {
      length += LONGEST_NUMBER + command.length();
    }
    Packer packer = new Packer(Buffer.buffer(length)).octet(VERSION).number(commands.size());
    commands.forEach(packer::bytes);
    return packer.buffer();
  }

  /** Nothing, for an entry that belongs to the log itself. */
  static List<Command> decode(Buffer entry) {
    if (entry.length() == 0) {
      return List.of();
    }
    Unpacker from = new Unpacker(entry).version(VERSION, "an entry");
    int count = from.count();
    List<Command> commands = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      commands.add(Command.decode(from.bytes()));
    }
    return commands;
  }
}
