package dev.mabeam.consensus;

import dev.mabeam.link.Packer;
import dev.mabeam.link.Unpacker;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/** One entry of the log: encoded commands that came to the leader at about the same time. */
final class Entry {
  private static final int VERSION = 1;

  private Entry() {}

  static Buffer encode(List<Buffer> commands) {
    Packer packer = new Packer(Buffer.buffer(256)).octet(VERSION).number(commands.size());
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
