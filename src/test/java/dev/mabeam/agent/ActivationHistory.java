package dev.mabeam.agent;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What askers of counters saw, and whether one activation at a time can have answered them. Each
 * ask added one. So, of two answers of which one was there before the other was asked for, the
 * later has the higher epoch, or the same and the higher count; and in one epoch no count is given
 * twice, none is higher than what was asked for, and all come from one node.
 */
final class ActivationHistory {
  private record Answer(long begun, long ended, long epoch, long count, String node) {}

  private final Map<String, List<Answer>> answers = new TreeMap<>();
  private final Map<String, Integer> asked = new HashMap<>();
  private long now;

  /** An ask begins; returns when. */
  synchronized long ask(String agent) {
    asked.merge(agent, 1, Integer::sum);
    return ++now;
  }

  /** It was answered. */
  synchronized void answered(String agent, long begun, JsonObject answer) {
    answers
        .computeIfAbsent(agent, none -> new ArrayList<>())
        .add(
            new Answer(
                begun, ++now, answer.getLong("epoch"), answer.getLong("count"),
                answer.getString("node")));
  }

  synchronized int size() {
    return answers.values().stream().mapToInt(List::size).sum();
  }

  /** The first thing that is wrong with it. */
  synchronized Optional<String> violation() {
    for (Map.Entry<String, List<Answer>> each : answers.entrySet()) {
      Optional<String> found = violation(each.getValue(), asked.get(each.getKey()));
      if (found.isPresent()) {
        return Optional.of("agent " + each.getKey() + ": " + found.get());
      }
    }
    return Optional.empty();
  }

  private static Optional<String> violation(List<Answer> all, int asked) {
    Set<List<Long>> counts = new HashSet<>();
    Map<Long, String> nodes = new HashMap<>();
    for (Answer answer : all) {
      if (!counts.add(List.of(answer.epoch(), answer.count()))) {
        return Optional.of("a count was given twice: " + answer);
      }
      if (answer.count() < 1 || answer.count() > asked) {
        return Optional.of("a count of what was not asked for: " + answer);
      }
      String before = nodes.putIfAbsent(answer.epoch(), answer.node());
      if (before != null && !before.equals(answer.node())) {
        return Optional.of("two nodes at one epoch: " + before + " and " + answer);
      }
    }
    return orderViolation(all);
  }

  private static Optional<String> orderViolation(List<Answer> all) {
    List<Answer> byBegin = new ArrayList<>(all);
    byBegin.sort(Comparator.comparingLong(Answer::begun));
    List<Answer> byEnd = new ArrayList<>(all);
    byEnd.sort(Comparator.comparingLong(Answer::ended));
    Answer highest = null;
    int ended = 0;
    for (Answer answer : byBegin) {
      while (ended < byEnd.size() && byEnd.get(ended).ended() < answer.begun()) {
        Answer next = byEnd.get(ended++);
        highest = highest == null || isAfter(next, highest) ? next : highest;
      }
      if (highest != null && !isAfter(answer, highest)) {
        return Optional.of(answer + " was asked for after " + highest + " was there");
      }
    }
    return Optional.empty();
  }

  private static boolean isAfter(Answer answer, Answer other) {
    return answer.epoch() != other.epoch()
        ? answer.epoch() > other.epoch()
        : answer.count() > other.count();
  }
}
