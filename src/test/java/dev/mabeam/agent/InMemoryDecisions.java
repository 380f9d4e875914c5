package dev.mabeam.agent;

import dev.mabeam.consensus.Applying;
import dev.mabeam.consensus.Decisions;
import dev.mabeam.consensus.FixedMembers;
import dev.mabeam.consensus.Members;
import dev.mabeam.consensus.StateMachine;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.Member;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

/**
 * A log in memory that several nodes' real state machines follow: one order, no engine, no network.
 * For tests of what stands on decisions, not of decisions. A node's copy can be held back, and the
 * majority can be taken away.
 */
final class InMemoryDecisions {
  /** A command, or, without a machine, the id of a node that is gone. */
  private record Logged(String machine, Buffer command, String gone, Members members) {}

  private final Executor thread;
  private final List<Logged> log = new ArrayList<>();
  private final Map<String, Node> nodes = new LinkedHashMap<>();
  private volatile Members members = new FixedMembers(List.of());
  private volatile boolean majority = true;
  private int proposals;

  /** {@code thread} is the log's: one, or the caller's own. */
  InMemoryDecisions(Executor thread) {
    this.thread = thread;
  }

  /** Admits {@code n<number>#<number>}, whose machines follow from now on. */
  synchronized Node join(int number, StateMachine... machines) {
    return join(number, "boot" + number, machines);
  }

  static LinkAddress address(int number) {
    return new LinkAddress("127.0.0.1", 7000 + number);
  }

  synchronized Node join(int number, String store, StateMachine... machines) {
    return join(number, address(number), store, machines);
  }

  synchronized Node join(
      int number, LinkAddress address, String store, StateMachine... machines) {
    Member member =
        new Member("n" + number, number, address, address, address, "boot" + number, store);
    List<Member> all = new ArrayList<>(members.all());
    all.add(member);
    members = new FixedMembers(List.copyOf(all));
    Node node = new Node();
    for (StateMachine machine : machines) {
      node.machines.put(machine.name(), machine);
    }
    nodes.put(member.id(), node);
    return node;
  }

  Members members() {
    return members;
  }

  /** Expels a node. */
  void gone(String nodeId) {
    thread.execute(
        () -> {
          members =
              new FixedMembers(
                  members.all().stream().filter(member -> !member.id().equals(nodeId)).toList());
          append(new Logged(null, null, nodeId, members));
          followAll();
        });
  }

  void loseMajority() {
    majority = false;
  }

  void regainMajority() {
    majority = true;
  }

  /** Drops the commands that every node has applied, as an engine does after a snapshot. */
  void compact() {
    thread.execute(
        () -> {
          int all = nodes.values().stream().mapToInt(node -> node.applied).min().orElse(0);
          for (int i = 0; i < all; i++) {
            log.set(i, null);
          }
        });
  }

  /** How many commands were decided. */
  synchronized int proposals() {
    return proposals;
  }

  private synchronized int append(Logged entry) {
    log.add(entry);
    return log.size();
  }

  private void followAll() {
    nodes.values().forEach(Node::follow);
  }

  private static MabeamException noMajority() {
    return new MabeamException(
        ErrorCode.INSUFFICIENT_CONSENSUS, "no majority of the voters answers", "try again");
  }

  /** One node's copy. */
  final class Node implements Decisions {
    private final Map<String, StateMachine> machines = new HashMap<>();
    private final Map<Integer, Promise<Buffer>> proposed = new HashMap<>();
    private final Map<Integer, List<Promise<Void>>> barriers = new HashMap<>();
    private int applied;
    private volatile boolean held;

    @Override
    public Future<Buffer> propose(String machine, Buffer command, Duration deadline) {
      Promise<Buffer> promise = Promise.promise();
      thread.execute(
          () -> {
            if (!majority) {
              promise.fail(noMajority());
              return;
            }
            proposals++;
            proposed.put(append(new Logged(machine, command, null, members)), promise);
            followAll();
          });
      return onCaller(promise.future());
    }

    @Override
    public Future<Void> barrier(Duration deadline) {
      Promise<Void> promise = Promise.promise();
      thread.execute(
          () -> {
            if (!majority) {
              promise.fail(noMajority());
            } else if (applied == log.size()) {
              promise.complete();
            } else {
              barriers.computeIfAbsent(log.size(), none -> new ArrayList<>()).add(promise);
            }
          });
      return onCaller(promise.future());
    }

    @Override
    public long appliedIndex() {
      return applied;
    }

    /** Applies nothing more until {@link #release}. */
    void hold() {
      held = true;
    }

    void release() {
      held = false;
      thread.execute(this::follow);
    }

    /** Has what another one has, by an image of it, and none of what it missed one by one. */
    void restore(Node other) {
      thread.execute(
          () -> {
            applied = other.applied;
            machines.forEach(
                (name, machine) ->
                    machine.restore(other.machines.get(name).image().get()));
          });
    }

    private void follow() {
      while (!held && applied < log.size()) {
        Logged entry = log.get(applied++);
        Applying at = new Applying(applied, entry.members());
        Promise<Buffer> promise = proposed.remove(applied);
        if (entry.machine() == null) {
          machines.values().forEach(machine -> machine.gone(at, entry.gone()));
        } else {
          apply(at, entry, promise == null ? Promise.promise() : promise);
        }
        List<Promise<Void>> passed = barriers.remove(applied);
        if (passed != null) {
          passed.forEach(Promise::complete);
        }
      }
    }

    private void apply(Applying at, Logged entry, Promise<Buffer> promise) {
      try {
        promise.complete(machines.get(entry.machine()).apply(at, entry.command()));
      } catch (MabeamException refused) {
        promise.fail(refused);
      }
    }

    private <T> Future<T> onCaller(Future<T> future) {
      Context context = Vertx.currentContext();
      if (context == null) {
        return future;
      }
      Promise<T> promise = Promise.promise();
      future.onComplete(done -> context.runOnContext(none -> promise.handle(done)));
      return promise.future();
    }
  }
}
