package dev.mabeam.agent;

import dev.mabeam.consensus.FixedMembers;
import dev.mabeam.consensus.Applying;
import dev.mabeam.consensus.Decisions;
import dev.mabeam.consensus.Members;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.Member;
import dev.mabeam.testing.sim.SimNode;
import dev.mabeam.testing.sim.Simulation;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;

/**
 * One log that is written in one place, and applied by each node later, in order, in the node's own
 * copy of the directory. It stands in for consensus as its users know it: what is proposed may be
 * decided and its proposer never hear; or be decided late, long after the proposer was told that
 * nobody knows, unless a later proposal of that node was decided before; or be lost; or be refused
 * for certain. Who reaches no majority decides and hears nothing.
 */
final class SimLog {
  /** What becomes of a proposal. */
  enum Outcome {
    DECIDED,
    UNHEARD,
    LATE,
    LOST,
    REFUSED
  }

  private record Logged(Buffer command, String gone, Members members) {}

  private static final Duration HEARS_AGAIN = Duration.ofMillis(50);
  private static final int SKIPS_AFTER = 150;

  private final Simulation sim;
  private final Random random;
  private final Predicate<String> majority;
  private final List<Logged> log = new ArrayList<>();
  private final List<Copy> copies = new ArrayList<>();
  /** What is decided, at once. */
  final AgentDirectory truth;
  private Members members = new FixedMembers(List.of());
  /** Chances of 100, of those that are not decided and heard. */
  int unheard;
  int late;
  int lost;
  int refused;
  final Map<Outcome, Integer> outcomes = new LinkedHashMap<>();

  /** {@code majority} says of a machine whether it reaches one. */
  SimLog(Simulation sim, Random random, AgentRules rules, Predicate<String> majority) {
    this.sim = sim;
    this.random = random;
    this.majority = majority;
    truth = new AgentDirectory(rules);
  }

  Members members() {
    return members;
  }

  int size() {
    return log.size();
  }

  void calm() {
    unheard = 0;
    late = 0;
    lost = 0;
    refused = 0;
  }

  /** It is a member from now on. */
  void admit(Member member) {
    List<Member> all = new ArrayList<>(members.all());
    all.add(member);
    members = new FixedMembers(List.copyOf(all));
    append(new Logged(null, null, members));
  }

  /** It is no member any more. */
  void expel(String nodeId) {
    members =
        new FixedMembers(
            members.all().stream().filter(member -> !member.id().equals(nodeId)).toList());
    append(new Logged(null, nodeId, members));
  }

  private void append(Logged entry) {
    log.add(entry);
    try {
      apply(log.size(), entry, truth);
    } catch (MabeamException refused) {
      // As every copy will.
    }
    copies.removeIf(copy -> !copy.lives());
    for (Copy copy : copies) {
      sim.after(millis(1, 6), copy::hearIfItCan);
    }
  }

  private static Object apply(int index, Logged entry, AgentDirectory directory) {
    Applying at = new Applying(index, entry.members());
    if (entry.gone() != null) {
      directory.gone(at, entry.gone());
      return null;
    }
    return entry.command() == null ? null : directory.apply(at, entry.command());
  }

  private Duration millis(int from, int to) {
    return Duration.ofMillis(from + random.nextInt(to - from));
  }

  private Outcome outcome() {
    int dice = random.nextInt(100);
    Outcome outcome =
        (dice -= unheard) < 0
            ? Outcome.UNHEARD
            : (dice -= late) < 0
                ? Outcome.LATE
                : (dice -= lost) < 0
                    ? Outcome.LOST
                    : dice - refused < 0 ? Outcome.REFUSED : Outcome.DECIDED;
    outcomes.merge(outcome, 1, Integer::sum);
    return outcome;
  }

  private static MabeamException unknown() {
    return new MabeamException(ErrorCode.TIMEOUT, "nobody knows");
  }

  private static MabeamException noMajority() {
    return new MabeamException(ErrorCode.INSUFFICIENT_CONSENSUS, "no majority answers");
  }

  /** The copy of one stay of a node, which begins with what is decided by now. */
  Copy open(SimNode node, String nodeId, AgentDirectory directory) {
    Copy copy = new Copy(node, nodeId, directory);
    directory.restore(truth.image().get());
    copies.add(copy);
    return copy;
  }

  /** What one stay of a node knows, and proposes. */
  final class Copy implements Decisions {
    final String nodeId;
    final AgentDirectory directory;
    /** What becomes of its next proposals, before chance has a say. */
    final List<Outcome> next = new ArrayList<>();
    private final SimNode node;
    private final long life;
    private final Map<Integer, Promise<Buffer>> proposed = new LinkedHashMap<>();
    private final Map<Promise<Void>, Integer> barriers = new LinkedHashMap<>();
    private Members known = SimLog.this.members;
    private int applied = log.size();
    private long lastNumber;
    private long lastArrival;
    private long highest;
    private boolean waits;
    private long deafUntil;
    private boolean ended;

    private Copy(SimNode node, String nodeId, AgentDirectory directory) {
      this.node = node;
      this.nodeId = nodeId;
      this.directory = directory;
      life = node.life();
    }

    /** Who is in the cluster, as this copy has it. */
    Members members() {
      return known;
    }

    /** Applies nothing for so long, though it may be there: it has much to catch up with. */
    void deafen(Duration span) {
      deafUntil = Math.max(deafUntil, sim.nanos() + span.toNanos());
    }

    /** Hears and decides nothing more. */
    void end() {
      ended = true;
    }

    private boolean lives() {
      return !ended && node.up() && node.life() == life;
    }

    private void hearIfItCan() {
      if (!lives() || applied == log.size()) {
        return;
      }
      if (majority.test(node.name()) && deafUntil <= sim.nanos()) {
        node.execute(life, this::hear);
      } else if (!waits) {
        waits = true;
        sim.after(
            HEARS_AGAIN,
            () -> {
              waits = false;
              hearIfItCan();
            });
      }
    }

    private void hear() {
      if (deafUntil > sim.nanos()) {
        hearIfItCan();
        return;
      }
      if (log.size() - applied > SKIPS_AFTER) {
        applied = log.size();
        known = SimLog.this.members;
        directory.restore(truth.image().get());
        passed();
      }
      while (!ended && applied < log.size()) {
        Logged entry = log.get(applied++);
        known = entry.members();
        Object result;
        MabeamException failure = null;
        try {
          result = apply(applied, entry, directory);
        } catch (MabeamException refusal) {
          result = null;
          failure = refusal;
        }
        Promise<Buffer> promise = proposed.remove(applied);
        if (promise != null && failure == null) {
          promise.tryComplete((Buffer) result);
        } else if (promise != null) {
          promise.tryFail(failure);
        }
        passed();
      }
    }

    private void passed() {
      for (Promise<Void> barrier : List.copyOf(barriers.keySet())) {
        if (barriers.get(barrier) <= applied) {
          barriers.remove(barrier);
          barrier.tryComplete();
        }
      }
    }

    @Override
    public Future<Buffer> propose(String machine, Buffer command, Duration deadline) {
      Promise<Buffer> promise = Promise.promise();
      long number = ++lastNumber;
      node.scheduler().after(deadline, () -> promise.tryFail(unknown()));
      sim.after(inOrder(millis(1, 5)), () -> arrived(number, command, promise));
      return promise.future();
    }

    /** Those of one node that are under way together do not overtake each other. */
    private Duration inOrder(Duration way) {
      lastArrival = Math.max(lastArrival, sim.nanos() + way.toNanos());
      return Duration.ofNanos(lastArrival - sim.nanos());
    }

    private void arrived(long number, Buffer command, Promise<Buffer> promise) {
      if (!lives()) {
        return;
      }
      if (!majority.test(node.name()) || !members.contains(nodeId)) {
        node.execute(life, () -> promise.tryFail(noMajority()));
        return;
      }
      Outcome outcome = next.isEmpty() ? outcome() : next.remove(0);
      switch (outcome) {
        case DECIDED -> decide(number, command, promise);
        case UNHEARD -> decide(number, command, null);
        case LATE ->
            sim.after(
                random.nextBoolean() ? millis(20, 500) : millis(500, 5_000),
                () -> {
                  if (members.contains(nodeId)) {
                    decide(number, command, null);
                  }
                });
        case LOST -> {}
        case REFUSED -> node.execute(life, () -> promise.tryFail(noMajority()));
      }
      if (outcome == Outcome.UNHEARD || outcome == Outcome.LATE || outcome == Outcome.LOST) {
        Duration silence = millis(50, 1_500);
        sim.after(silence, () -> node.execute(life, () -> promise.tryFail(unknown())));
      }
    }

    /** Unless a later one of this node's was decided already. */
    private void decide(long number, Buffer command, Promise<Buffer> promise) {
      if (number > highest) {
        highest = number;
        if (promise != null) {
          proposed.put(log.size() + 1, promise);
        }
        append(new Logged(command, null, members));
      }
    }

    @Override
    public Future<Void> barrier(Duration deadline) {
      Promise<Void> promise = Promise.promise();
      node.scheduler().after(deadline, () -> promise.tryFail(noMajority()));
      sim.after(
          millis(1, 5),
          () -> {
            if (!lives()) {
              return;
            }
            if (!majority.test(node.name())) {
              sim.after(
                  millis(50, 500),
                  () -> node.execute(life, () -> promise.tryFail(noMajority())));
            } else if (applied == log.size()) {
              node.execute(life, promise::tryComplete);
            } else {
              barriers.put(promise, log.size());
            }
          });
      return promise.future();
    }

    @Override
    public long appliedIndex() {
      return applied;
    }
  }
}
