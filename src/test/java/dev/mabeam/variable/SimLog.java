package dev.mabeam.variable;

import dev.mabeam.consensus.Applying;
import dev.mabeam.consensus.Decisions;
import dev.mabeam.consensus.FixedMembers;
import dev.mabeam.consensus.Members;
import dev.mabeam.consensus.StateMachine;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.Member;
import dev.mabeam.testing.sim.SimNode;
import dev.mabeam.testing.sim.Simulation;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * One log for all simulated nodes, without an engine: what a node proposes while it reaches a
 * majority of the voters is in the log, and every node that reaches a majority has it applied to
 * its own machine, in order, at its own time. The real engine is tested in its own room.
 */
final class SimLog {
  private static final long LOOK_AGAIN = 50;

  /** What is decided: a command of a proposer, an admission, or an end. */
  private record Entry(Buffer command, Proposal proposal, Member joins, String gone) {}

  private final Simulation sim;
  private final RandomGenerator random;
  private final List<String> voters;
  private final List<Entry> entries = new ArrayList<>();
  private long incarnations;

  SimLog(Simulation sim, List<String> voters) {
    this.sim = sim;
    this.random = sim.split();
    this.voters = List.copyOf(voters);
  }

  /** Whether a node of that name is in touch with a majority. */
  boolean hasQuorum(String name) {
    long reached =
        voters.stream()
            .filter(
                voter ->
                    sim.nodes().stream()
                            .anyMatch(
                                node ->
                                    node.name().equals(voter)
                                        && node.state() == SimNode.State.RUNNING)
                        && sim.network().connected(name, voter))
            .count();
    return reached >= voters.size() / 2 + 1;
  }

  /** Admits a node; its id from now on. */
  String admit(String name) {
    long incarnation = ++incarnations;
    LinkAddress address = new LinkAddress(name, 7802);
    Member member = new Member(name, incarnation, address, address, address, "boot" + incarnation);
    entries.add(new Entry(null, null, member, null));
    return member.id();
  }

  void expel(String nodeId) {
    entries.add(new Entry(null, null, null, nodeId));
  }

  private final class Proposal {
    private final Copy proposer;
    private final Promise<Buffer> promise = Promise.promise();

    Proposal(Copy proposer) {
      this.proposer = proposer;
    }
  }

  /** One node's copy of everything that is decided. */
  final class Copy implements Decisions {
    private final SimNode host;
    private final StateMachine machine;
    private final Runnable onMembers;
    private FixedMembers members = new FixedMembers(List.of());
    private int applied;

    Copy(SimNode host, StateMachine machine, Runnable onMembers) {
      this.host = host;
      this.machine = machine;
      this.onMembers = onMembers;
      next();
    }

    Members members() {
      return members;
    }

    private void next() {
      Duration pause = Duration.ofMillis(applied < entries.size() ? random.nextInt(1, 8) : 10);
      host.scheduler()
          .after(
              pause,
              () -> {
                if (!hasQuorum(host.name())) {
                  host.scheduler().after(Duration.ofMillis(LOOK_AGAIN), this::next);
                  return;
                }
                int end = Math.min(entries.size(), applied + random.nextInt(1, 4));
                while (applied < end) {
                  apply(entries.get(applied++));
                }
                next();
              });
    }

    private void apply(Entry entry) {
      if (entry.joins != null) {
        List<Member> more = new ArrayList<>(members.all());
        more.add(entry.joins);
        members = new FixedMembers(List.copyOf(more));
        onMembers.run();
      } else if (entry.gone != null) {
        members =
            new FixedMembers(
                members.all().stream().filter(m -> !m.id().equals(entry.gone)).toList());
        machine.gone(new Applying(applied, members), entry.gone);
        onMembers.run();
      } else {
        Future<Buffer> outcome;
        try {
          outcome =
              Future.succeededFuture(
                  machine.apply(new Applying(applied, members), entry.command.copy()));
        } catch (MabeamException refused) {
          outcome = Future.failedFuture(refused);
        }
        if (entry.proposal.proposer == this) {
          outcome.onComplete(entry.proposal.promise::tryComplete, entry.proposal.promise::tryFail);
        }
      }
    }

    @Override
    public Future<Buffer> propose(String name, Buffer command, Duration deadline) {
      if (!hasQuorum(host.name())) {
        return Future.failedFuture(
            new MabeamException(ErrorCode.INSUFFICIENT_CONSENSUS, "no majority answers"));
      }
      Proposal proposal = new Proposal(this);
      host.scheduler()
          .after(
              Duration.ofMillis(random.nextInt(1, 6)),
              () -> entries.add(new Entry(command, proposal, null, null)));
      host.scheduler()
          .after(
              deadline,
              () ->
                  proposal.promise.tryFail(
                      new MabeamException(ErrorCode.TIMEOUT, "not known to be decided")));
      return proposal.promise.future();
    }

    @Override
    public Future<Void> barrier(Duration deadline) {
      if (!hasQuorum(host.name())) {
        return Future.failedFuture(
            new MabeamException(ErrorCode.INSUFFICIENT_CONSENSUS, "no majority answers"));
      }
      Promise<Void> caughtUp = Promise.promise();
      wait(entries.size(), host.scheduler().nanos() + deadline.toNanos(), caughtUp);
      return caughtUp.future();
    }

    private void wait(int index, long endNanos, Promise<Void> caughtUp) {
      if (applied >= index) {
        caughtUp.complete();
      } else if (host.scheduler().nanos() > endNanos) {
        caughtUp.fail(new MabeamException(ErrorCode.INSUFFICIENT_CONSENSUS, "not caught up"));
      } else {
        host.scheduler()
            .after(Duration.ofMillis(5), () -> wait(index, endNanos, caughtUp));
      }
    }

    @Override
    public long appliedIndex() {
      return applied;
    }

    boolean isCaughtUp() {
      return applied == entries.size();
    }
  }
}
