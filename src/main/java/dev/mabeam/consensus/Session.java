package dev.mabeam.consensus;

import dev.mabeam.link.Packer;
import dev.mabeam.link.Unpacker;
import java.util.SortedMap;
import org.pcollections.TreePMap;

/**
 * What every node remembers of one node's commands, so that a retry is never a second execution.
 *
 * @param node whose it is
 * @param floor a request below it is settled or given up: it is not executed any more
 * @param answers to the requests from the floor on that were executed
 * @param lastOrdinal of the command in it that was applied last
 */
record Session(String node, long floor, TreePMap<Long, Answer> answers, long lastOrdinal) {
  /** How far above the floor a request may be: a bound on what is remembered. */
  static final int MAX_OPEN = 65_536;

  static Session opened(String node, long ordinal) {
    return new Session(node, 1, TreePMap.empty(), ordinal);
  }

  Session answered(Command.Apply command, Answer answer, long ordinal) {
    TreePMap<Long, Answer> kept = answers.plus(command.request(), answer);
    long newFloor = Math.max(floor, command.floor());
    while (!kept.isEmpty() && kept.firstKey() < newFloor) {
      kept = kept.minusFirstEntry();
    }
    return new Session(node, newFloor, kept, ordinal);
  }

  void encode(Packer to) {
    to.text(node).number(floor).number(lastOrdinal).number(answers.size());
    for (SortedMap.Entry<Long, Answer> answer : answers.entrySet()) {
      to.number(answer.getKey());
      answer.getValue().encode(to);
    }
  }

  static Session decode(Unpacker from) {
    String node = from.text();
    long floor = from.number();
    long lastOrdinal = from.number();
    TreePMap<Long, Answer> answers = TreePMap.empty();
    for (int left = from.count(); left > 0; left--) {
      long request = from.number();
      answers = answers.plus(request, Answer.decode(from));
    }
    return new Session(node, floor, answers, lastOrdinal);
  }
}
