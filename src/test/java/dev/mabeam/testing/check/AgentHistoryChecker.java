package dev.mabeam.testing.check;

import dev.mabeam.testing.check.AgentHistory.Acknowledged;
import dev.mabeam.testing.check.AgentHistory.Activation;
import dev.mabeam.testing.check.AgentHistory.Applied;
import dev.mabeam.testing.check.AgentHistory.Began;
import dev.mabeam.testing.check.AgentHistory.Committed;
import dev.mabeam.testing.check.AgentHistory.Delivered;
import dev.mabeam.testing.check.AgentHistory.Event;
import dev.mabeam.testing.check.AgentHistory.Message;
import dev.mabeam.testing.check.AgentHistory.Refused;
import dev.mabeam.testing.check.AgentHistory.Released;
import dev.mabeam.testing.check.AgentHistory.Sent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * Decides whether agents kept their promises: one activation at a time counts, and what was
 * acknowledged to a sender is applied exactly once, in that sender's order, through crashes and
 * moves.
 *
 * <p>It follows the agent from epoch to epoch: each activation begins with a part of an earlier
 * one's sequence, and the sequence of the last one is what the agent has become. What is not
 * recorded is not checked: without {@link AgentHistory#committed} nothing is said about
 * checkpoints, and a message that was only applied may be lost.
 *
 * <p><em>Not</em> checked: that anything happens at all. A history in which nothing was
 * acknowledged is fine.
 */
public final class AgentHistoryChecker {
  /** What can be wrong. */
  public enum Kind {
    /** It was acknowledged, or a checkpoint with it was written, and the agent has become without. */
    LOST,
    /** It is in a sequence twice. */
    DUPLICATED,
    /** It is in a sequence after a later one of its sender. */
    REORDERED,
    /** A checkpoint was written although a later activation had begun without what is in it. */
    FENCED_COMMIT,
    /** A reply was taken from an activation after a later one had been heard of. */
    STALE_REPLY,
    /** Something was let out before the checkpoint with its cause was written. */
    EARLY_OUTPUT,
    /** Two activations at one epoch, or one that began with what nobody applied. */
    SPLIT,
    /** Something was applied that nobody sent, or written that nobody applied. */
    INVENTED,
    /** It was refused for certain, and is applied. */
    REFUSED,
    /** It was answered twice, and differently. */
    TWO_ANSWERS
  }

  /** One thing that is wrong. */
  public record Violation(Kind kind, String what) {}

  private AgentHistoryChecker() {}

  /** Everything that is wrong, agent by agent; empty if nothing is. */
  public static List<Violation> check(AgentHistory history) {
    Map<String, OfAgent> agents = new TreeMap<>();
    for (Event event : history.events()) {
      agents.computeIfAbsent(event.agent(), none -> new OfAgent()).take(event);
    }
    List<Violation> all = new ArrayList<>();
    agents.values().forEach(agent -> all.addAll(agent.end()));
    return all;
  }

  /** Fails with the first of what is wrong, and how much there is. */
  public static void require(AgentHistory history) {
    List<Violation> all = check(history);
    if (!all.isEmpty()) {
      throw new AssertionError(all.size() + " violations, the first: " + all.get(0));
    }
  }

  /**
   * The sequence of one epoch: a part of an earlier one's, and what it applied itself. So the first
   * n of any sequence have one epoch that applied the last of them, and are the same as the first n
   * of another one if that has the same epoch for it.
   */
  private static final class Epoch {
    final Activation activation;
    final long beganAt;
    final Epoch from;
    final int inherited;
    final List<Message> own = new ArrayList<>();
    /** When it was heard that so many are written. */
    final TreeMap<Integer, Long> committedAt = new TreeMap<>();

    Epoch(Activation activation, long beganAt, Epoch from, int inherited) {
      this.activation = activation;
      this.beganAt = beganAt;
      this.from = from;
      this.inherited = inherited;
    }

    int size() {
      return inherited + own.size();
    }

    int committed() {
      return committedAt.isEmpty() ? 0 : committedAt.lastKey();
    }

    int committedBefore(long at) {
      return committedAt.entrySet().stream()
          .filter(each -> each.getValue() < at)
          .mapToInt(Map.Entry::getKey)
          .max()
          .orElse(0);
    }

    /** Which epoch applied the last of the first {@code count}. */
    Epoch applier(int count) {
      Epoch epoch = this;
      while (count <= epoch.inherited && epoch.from != null) {
        epoch = epoch.from;
      }
      return epoch;
    }

    /** Whether {@code after} begins with the first {@code count} of this. */
    boolean isIn(Epoch after, int count) {
      return after == this
          || count == 0
          || after.inherited >= count && after.applier(count) == applier(count);
    }

    List<Message> sequence() {
      List<Epoch> line = new ArrayList<>();
      for (Epoch epoch = this; epoch != null; epoch = epoch.from) {
        line.add(0, epoch);
      }
      List<Message> all = new ArrayList<>();
      for (int i = 0; i < line.size(); i++) {
        int until = i + 1 < line.size() ? line.get(i + 1).inherited : Integer.MAX_VALUE;
        Epoch epoch = line.get(i);
        epoch.own.stream().limit(Math.max(0L, (long) until - epoch.inherited)).forEach(all::add);
      }
      return all;
    }
  }

  /** Where a message was applied. */
  private record Place(Epoch epoch, int count) {
    boolean isBefore(Place other) {
      return epoch == other.epoch ? count < other.count : epoch.isIn(other.epoch, count);
    }
  }

  private static final class OfAgent {
    private final Map<Message, Long> sent = new HashMap<>();
    private final Set<Message> refused = new HashSet<>();
    private final TreeMap<Long, Epoch> epochs = new TreeMap<>();
    private final Map<Message, List<Place>> applied = new HashMap<>();
    private final Map<Message, Acknowledged> acknowledged = new HashMap<>();
    private final List<Released> released = new ArrayList<>();
    /** The highest epoch that anybody had an answer of, by when it was taken. */
    private final TreeMap<Long, Long> heardOf = new TreeMap<>();
    private final List<Violation> violations = new ArrayList<>();

    void take(Event event) {
      if (event instanceof Sent one) {
        sent.putIfAbsent(one.message(), one.at());
      } else if (event instanceof Refused one) {
        refused.add(one.message());
      } else if (event instanceof Began one) {
        began(one);
      } else if (event instanceof Delivered one) {
        requireSent(one.message(), one);
      } else if (event instanceof Applied one) {
        applied(one);
      } else if (event instanceof Committed one) {
        committed(one);
      } else if (event instanceof Released one) {
        released.add(one);
      } else if (event instanceof Acknowledged one) {
        acknowledged(one);
      }
    }

    private void add(Kind kind, Object what) {
      violations.add(new Violation(kind, String.valueOf(what)));
    }

    private void requireSent(Message message, Object where) {
      if (!sent.containsKey(message)) {
        add(Kind.INVENTED, "nobody sent " + message + ": " + where);
      }
    }

    private void began(Began began) {
      Epoch from = began.fromCount() == 0 ? null : epochs.get(began.fromEpoch());
      int count = from == null ? 0 : Math.min(began.fromCount(), from.size());
      Epoch epoch = new Epoch(began.activation(), began.at(), from, count);
      Epoch before = epochs.putIfAbsent(began.activation().epoch(), epoch);
      if (before != null) {
        add(Kind.SPLIT, before.activation + " and " + began.activation());
      } else if (count < began.fromCount()) {
        add(Kind.SPLIT, "nobody applied what this began with: " + began);
      }
    }

    private void applied(Applied one) {
      requireSent(one.message(), one);
      Epoch epoch = epoch(one.activation(), one);
      if (epoch != null) {
        epoch.own.add(one.message());
        Place here = new Place(epoch, epoch.size());
        List<Place> places =
            applied.computeIfAbsent(one.message(), none -> new ArrayList<>(1));
        if (places.stream().anyMatch(place -> place.isBefore(here))) {
          add(Kind.DUPLICATED, one);
        }
        places.add(here);
      }
    }

    private Epoch epoch(Activation activation, Object what) {
      Epoch epoch = epochs.get(activation.epoch());
      if (epoch == null || !epoch.activation.equals(activation)) {
        add(Kind.SPLIT, "of an activation that has not begun: " + what);
        return null;
      }
      return epoch;
    }

    private void committed(Committed one) {
      Epoch epoch = epoch(one.activation(), one);
      if (epoch != null && one.count() > epoch.size()) {
        add(Kind.INVENTED, "a checkpoint of what was not applied: " + one);
      } else if (epoch != null) {
        epoch.committedAt.putIfAbsent(one.count(), one.at());
      }
    }

    private void acknowledged(Acknowledged one) {
      Message message = one.message();
      requireSent(message, one);
      Acknowledged before = acknowledged.putIfAbsent(message, one);
      if (before != null && !Objects.equals(before.answer(), one.answer())) {
        add(Kind.TWO_ANSWERS, before + " and " + one);
      }
      Map.Entry<Long, Long> heard = heardOf.lowerEntry(sent.getOrDefault(message, 0L));
      if (heard != null && heard.getValue() > one.epoch()) {
        add(Kind.STALE_REPLY, one + ", when epoch " + heard.getValue() + " had been heard of");
      }
      if (heardOf.isEmpty() || heardOf.lastEntry().getValue() < one.epoch()) {
        heardOf.put(one.at(), one.epoch());
      }
    }

    List<Violation> end() {
      checkpoints();
      if (epochs.values().stream().anyMatch(epoch -> epoch.committed() > 0)) {
        released.forEach(one -> output(one.message(), one.activation().epoch(), one.at(), one));
        acknowledged
            .values()
            .forEach(one -> output(one.message(), one.epoch(), one.at(), one));
      }
      if (!epochs.isEmpty()) {
        become(epochs.lastEntry().getValue().sequence());
      }
      return violations;
    }

    private void output(Message message, long number, long at, Object what) {
      Epoch epoch = epochs.get(number);
      for (Place place : applied.getOrDefault(message, List.of())) {
        if (place.epoch() == epoch && !isWritten(place, at)) {
          add(Kind.EARLY_OUTPUT, what + " came before its checkpoint");
        }
      }
    }

    /** A later activation may have written it, and given the answer that was kept. */
    private boolean isWritten(Place place, long before) {
      return epochs.values().stream()
          .anyMatch(
              epoch ->
                  epoch.committedBefore(before) >= place.count()
                      && place.epoch().isIn(epoch, place.count()));
    }

    /** Whatever was written has to be in every later activation. */
    private void checkpoints() {
      Epoch written = null;
      for (Epoch epoch : epochs.values()) {
        if (written != null) {
          checkpoints(written, epoch);
        }
        if (epoch.committed() > 0) {
          written = epoch;
        }
      }
    }

    private void checkpoints(Epoch before, Epoch after) {
      for (Map.Entry<Integer, Long> each : before.committedAt.descendingMap().entrySet()) {
        if (!before.isIn(after, each.getKey())) {
          Kind kind = each.getValue() > after.beganAt ? Kind.FENCED_COMMIT : Kind.LOST;
          add(
              kind,
              before.activation + " wrote " + each.getKey() + " messages, but "
                  + after.activation + " began with " + after.inherited);
          if (kind == Kind.LOST) {
            return;
          }
        }
      }
    }

    private void become(List<Message> sequence) {
      Map<String, Long> last = new HashMap<>();
      for (Message message : sequence) {
        Long before = last.put(message.sender(), message.sequence());
        if (before != null && before > message.sequence()) {
          add(Kind.REORDERED, message + " came after " + before);
        }
      }
      Set<Message> all = new HashSet<>(sequence);
      for (Acknowledged one : acknowledged.values()) {
        if (applied.containsKey(one.message()) && !all.contains(one.message())) {
          add(Kind.LOST, one + " is not in what the agent has become");
        }
      }
      for (Message message : refused) {
        if (all.contains(message)) {
          add(Kind.REFUSED, message + " is in what the agent has become");
        }
      }
    }
  }
}
