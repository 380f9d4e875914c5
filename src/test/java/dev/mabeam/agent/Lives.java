package dev.mabeam.agent;

import dev.mabeam.testing.check.AgentHistory;
import dev.mabeam.testing.check.AgentHistory.Activation;
import dev.mabeam.testing.check.AgentHistory.Message;
import dev.mabeam.testing.check.AgentHistoryChecker;
import dev.mabeam.testing.check.AgentHistoryChecker.Kind;
import dev.mabeam.testing.check.AgentHistoryChecker.Violation;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What agents go through, each deployment of an id as a life of its own: for the {@link
 * AgentHistoryChecker}, which is told of one life at a time, and for what it does not know of. An
 * agent that has ended handles nothing more. It may begin again on a node that has not heard of its
 * end, with nothing, since its stores have forgotten it and fence nobody. One whose loss was accepted may be without what it had.
 * A volatile one may lose in a crash what it had, but
 * not in a move; and it handles no message twice, whatever it has lost.
 */
final class Lives {
  private record Life(String agent, long born, boolean kept, AgentHistory history) {
    String key() {
      return Entry.key(agent, born);
    }
  }

  /** Of what has begun with less than it had, since that was accepted. */
  private static final Set<Kind> LOSSES = EnumSet.of(Kind.LOST, Kind.FENCED_COMMIT);

  /** What is decided of the agents now, which nodes may hear of later. */
  private final AgentDirectory truth;
  private final List<Life> lives = new ArrayList<>();
  private final Map<String, Map<Long, Life>> byEpoch = new HashMap<>();
  private final Map<String, Set<Message>> sent = new HashMap<>();
  private final Map<String, Set<Message>> refused = new HashMap<>();
  /** By volatile agents. */
  private final Map<Message, Activation> handled = new HashMap<>();
  /** How many messages an activation of a volatile agent had in the end, and how many went on. */
  private final Map<Activation, Integer> sizes = new LinkedHashMap<>();
  private final Map<Activation, Integer> carried = new LinkedHashMap<>();
  private final Set<String> lossy = new HashSet<>();
  /** Began when their agent had ended, which their node had not heard of. */
  private final Set<Activation> late = new HashSet<>();
  private final List<Violation> wrong = new ArrayList<>();
  private int events;

  Lives(AgentDirectory truth) {
    this.truth = truth;
  }

  /** That is decided; of a new agent nothing has happened before. */
  void decided(Entry entry) {
    Map<Long, Life> epochs = byEpoch.computeIfAbsent(entry.id(), none -> new TreeMap<>());
    Life life =
        epochs.values().stream()
            .filter(each -> each.born() == entry.born())
            .findAny()
            .orElseGet(() -> begin(entry));
    epochs.putIfAbsent(entry.epoch(), life);
    if (entry.lossy()) {
      lossy.add(life.key());
    }
  }

  private Life begin(Entry entry) {
    Life life = new Life(entry.id(), entry.born(), entry.isKept(), new AgentHistory());
    sent.getOrDefault(entry.id(), Set.of()).forEach(life.history()::sent);
    refused.getOrDefault(entry.id(), Set.of()).forEach(life.history()::refused);
    lives.add(life);
    return life;
  }

  private Life life(String agent, long epoch) {
    return byEpoch.get(agent).get(epoch);
  }

  private List<Life> all(Message message) {
    return lives.stream().filter(life -> life.agent().equals(message.agent())).toList();
  }

  void sent(Message message) {
    events++;
    if (sent.computeIfAbsent(message.agent(), none -> new LinkedHashSet<>()).add(message)) {
      all(message).forEach(life -> life.history().sent(message));
    }
  }

  void refused(Message message) {
    events++;
    refused.computeIfAbsent(message.agent(), none -> new LinkedHashSet<>()).add(message);
    all(message).forEach(life -> life.history().refused(message));
  }

  void began(Activation activation, long fromEpoch, int fromCount) {
    events++;
    Life life = life(activation.agent(), activation.epoch());
    if (hasEnded(life)) {
      late.add(activation);
      return;
    }
    life.history().began(activation, fromEpoch, fromCount);
    if (!life.kept()) {
      sizes.put(activation, fromCount);
      sizes.keySet().stream()
          .filter(
              before ->
                  before.agent().equals(activation.agent()) && before.epoch() == fromEpoch)
          .findAny()
          .filter(before -> !before.equals(activation))
          .ifPresent(before -> carried.put(before, fromCount));
    }
  }

  void applied(Message message, Activation activation) {
    events++;
    Life life = life(activation.agent(), activation.epoch());
    if (hasEnded(life)) {
      add(Kind.SPLIT, message + " was handled by an agent that had ended: " + activation);
    }
    if (late.contains(activation)) {
      return;
    }
    life.history().delivered(message, activation);
    life.history().applied(message, activation);
    if (!life.kept()) {
      sizes.merge(activation, 1, Integer::sum);
      Activation before = handled.put(message, activation);
      if (before != null) {
        add(Kind.DUPLICATED, message + " by " + before + " and by " + activation);
      }
    }
  }

  void committed(Activation activation, int count) {
    events++;
    if (!late.contains(activation)) {
      life(activation.agent(), activation.epoch()).history().committed(activation, count);
    }
  }

  private boolean hasEnded(Life life) {
    Entry now = truth.entry(life.agent());
    return now == null || now.born() != life.born();
  }

  void acknowledged(Message message, long epoch, Object answer) {
    events++;
    life(message.agent(), epoch).history().acknowledged(message, epoch, answer);
  }

  /** What has lost what it told counts its letters anew. */
  private boolean isToldAgain(Violation violation) {
    return (violation.kind() == Kind.DUPLICATED || violation.kind() == Kind.REORDERED)
        && lossy.stream()
            .map(key -> key.substring(0, key.lastIndexOf('@')))
            .anyMatch(agent -> violation.what().contains("sender=a:" + agent + ","));
  }

  /** Whether it has begun with less than it had, since that was accepted. */
  boolean hasLost(Entry entry) {
    return lossy.contains(entry.key());
  }

  void add(Kind kind, String what) {
    wrong.add(new Violation(kind, what));
  }

  int size() {
    return events;
  }

  List<Violation> check() {
    List<Violation> all = new ArrayList<>();
    for (Life life : lives) {
      AgentHistoryChecker.check(life.history()).stream()
          .filter(each -> life.kept() || each.kind() != Kind.LOST)
          .filter(each -> !lossy.contains(life.key()) || !LOSSES.contains(each.kind()))
          .filter(each -> !isToldAgain(each))
          .forEach(all::add);
    }
    carried.forEach(
        (activation, count) -> {
          if (!sizes.get(activation).equals(count)) {
            all.add(
                new Violation(
                    Kind.LOST,
                    activation + " was moved with " + count + " messages, and had "
                        + sizes.get(activation)));
          }
        });
    all.addAll(wrong);
    return all;
  }
}
