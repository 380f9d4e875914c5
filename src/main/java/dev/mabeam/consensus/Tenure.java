package dev.mabeam.consensus;

import dev.mabeam.link.LinkAddress;
import dev.mabeam.time.Scheduler;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;

/**
 * One node's part in who may serve: its own lease, as a voter those of others, and as the leader
 * the expulsions. It carries the messages between the three and to other nodes; what they mean is
 * on {@link MajorityLease}, {@link Confirmer} and {@link Expulsion}.
 */
final class Tenure {
  /** The way to other nodes. */
  @FunctionalInterface
  interface Out {
    void send(LinkAddress to, byte type, Buffer payload);
  }

  private final Course course;
  private final Scheduler scheduler;
  private final Out out;
  private final LeaseRules rules;
  private final MajorityLease lease;
  private final Expulsion expulsion;
  private Scheduler.Scheduled heart = () -> {};
  private Confirmer confirmer;

  /**
   * @param patience how long the leader lets a node be silent before it begins to expel it
   */
  Tenure(
      Course course,
      Leading leading,
      Scheduler scheduler,
      Out out,
      Supplier<Traits> traits,
      Duration patience,
      LeaseRules rules) {
    this.course = course;
    this.scheduler = scheduler;
    this.out = out;
    this.rules = rules;
    this.lease =
        new MajorityLease(course, scheduler, this::toVoter, this::endpoint, traits, rules);
    this.expulsion =
        new Expulsion(
            course, leading, scheduler, this::toVoter, lease::agreedFor, patience, rules);
  }

  void start() {
    heart =
        scheduler.every(
            MajorityLease.ROUND,
            () -> {
              lease.ask();
              expulsion.round();
            });
    scheduler.execute(lease::ask);
  }

  /**
   * This node keeps the log of that endpoint from now on, and may be asked as a voter.
   *
   * @param life random, another one at every start
   * @param restored whether the log had an earlier life
   */
  void keeps(String endpoint, String life, boolean restored) {
    confirmer = new Confirmer(course, scheduler, endpoint, life, restored, rules);
  }

  /** It keeps none any more. */
  void keepsNone() {
    confirmer = null;
  }

  private String endpoint() {
    return confirmer == null ? "" : confirmer.endpoint();
  }

  MajorityLease lease() {
    return lease;
  }

  Expulsion expulsion() {
    return expulsion;
  }

  /** What each node said of itself last; empty unless this node votes. */
  Map<String, Confirmer.Heard> heard() {
    return confirmer == null ? Map.of() : confirmer.heard();
  }

  /** Members, voters or this node's id have changed in its copy of the decisions. */
  void changed() {
    lease.changed();
  }

  /** Takes a frame if it is one of the types that it knows; whether it was. */
  boolean frame(LinkAddress from, byte type, Buffer payload) {
    LeaseMessage message = LeaseMessage.decode(type, payload);
    if (message == null) {
      return false;
    }
    LeaseMessage answer = take(message);
    if (answer != null) {
      out.send(from, answer.type(), answer.encode());
    }
    return true;
  }

  private LeaseMessage take(LeaseMessage message) {
    if (message instanceof LeaseMessage.Request request) {
      return confirmer == null ? null : confirmer.answer(request);
    }
    if (message instanceof LeaseMessage.Ask ask) {
      return confirmer == null ? null : confirmer.promise(ask);
    }
    if (message instanceof LeaseMessage.Answer answer) {
      lease.answered(answer);
    } else if (message instanceof LeaseMessage.Promised promised) {
      expulsion.promised(promised);
    }
    return null;
  }

  private void toVoter(Endpoint voter, LeaseMessage message) {
    if (voter.id().equals(endpoint())) {
      scheduler.execute(
          () -> {
            LeaseMessage answer = take(message);
            if (answer != null) {
              take(answer);
            }
          });
    } else {
      out.send(voter.address(), message.type(), message.encode());
    }
  }

  /** This incarnation stops: it holds no lease any more, and confirms and expels nobody. */
  void close() {
    heart.cancel();
    confirmer = null;
    expulsion.close();
    lease.close();
  }
}
