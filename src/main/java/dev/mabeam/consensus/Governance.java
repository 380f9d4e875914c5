package dev.mabeam.consensus;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.Member;
import dev.mabeam.link.Reachability;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * How a node's room is governed: who may serve ({@link Tenure}) and who votes ({@link
 * ElectorateDriver}), on this node's copy of what is decided and its own log.
 */
final class Governance {
  /** How long the leader lets a node be silent before it begins to expel it. */
  static final Duration PATIENCE = Duration.ofSeconds(4);

  private final Scheduler scheduler;
  private final RandomGenerator random;
  private final Seat seat;
  private final Group group;
  private final Replica replica;
  private final Supplier<Member> self;
  private final Function<Member, Reachability> reachability;
  private final Tenure tenure;
  private final ElectorateDriver driver;
  private final boolean governs;
  private Function<Member, Future<Reachability>> probe;
  private Configuration known = Configuration.NONE;
  private Traits traits = Traits.PLAIN;
  private Promise<Void> retiring;
  private boolean voted;
  private boolean closed;
  private Scheduler.Scheduled heart = () -> {};

  /**
   * @param rules null if nobody is expelled and the voters change only by hand
   */
  Governance(
      Post post,
      Scheduler scheduler,
      RandomGenerator random,
      Seat seat,
      Group group,
      Replica replica,
      Supplier<Member> self,
      Function<Member, Reachability> reachability,
      LeaseRules rules) {
    this.scheduler = scheduler;
    this.random = random;
    this.seat = seat;
    this.group = group;
    this.replica = replica;
    this.self = self;
    this.reachability = reachability;
    this.probe = member -> Future.succeededFuture(reachability.apply(member));
    this.governs = rules != null;
    LeaseRules used = governs ? rules : LeaseRules.ALL;
    Here here = new Here();
    tenure = new Tenure(here, here, scheduler, post::send, () -> traits, PATIENCE, used);
    driver = new ElectorateDriver(here, tenure, here, post, scheduler, () -> traits, used);
    for (byte type :
        List.of(
            FrameType.LEASE_REQUEST,
            FrameType.LEASE_CONFIRM,
            FrameType.PROMISE,
            FrameType.PROMISED)) {
      post.on(type, tenure::frame);
    }
    seat.onKeeping(this::keeping);
    group.onChange(this::changed);
  }

  /** From when this node knows its own id. */
  void start() {
    tenure.start();
    heart =
        scheduler.every(
            MajorityLease.ROUND,
            () -> {
              steer();
              tidy();
            });
  }

  private void steer() {
    if (governs && !closed) {
      driver.round();
    }
  }

  Tenure tenure() {
    return tenure;
  }

  MajorityLease lease() {
    return tenure.lease();
  }

  /** How to ask whether a member's process is still there. */
  void probe(Function<Member, Future<Reachability>> asks) {
    probe = asks;
  }

  /** What this node tells the leader of itself. */
  void traits(Traits now) {
    traits = now;
  }

  Traits traits() {
    return traits;
  }

  /** Completes when this node votes no more, or when nobody else could. */
  Future<Void> retire() {
    if (retiring == null) {
      retiring = Promise.promise();
      traits = new Traits(traits.zone(), traits.witness(), true);
      retired();
    }
    return retiring.future();
  }

  private void retired() {
    boolean alone = known.voters().size() == 1 && replica.members().all().size() == 1;
    if (retiring != null && (alone || !votes())) {
      retiring.tryComplete();
    }
  }

  private boolean votes() {
    return seat.log() != null && known.voters().contains(seat.log().self());
  }

  private void keeping(Endpoint endpoint, boolean restored) {
    voted = false;
    if (endpoint == null) {
      tenure.keepsNone();
    } else {
      tenure.keeps(endpoint.id(), Long.toHexString(random.nextLong()), restored);
    }
  }

  /** An endpoint that was removed is of no use any more; it may not have been told. */
  private void tidy() {
    voted |= votes();
    boolean removed = voted && !votes();
    if (seat.log() != null && (removed || seat.log().status().role() == Log.Role.CLOSED)) {
      seat.closeLog();
    }
    retired();
  }

  /** An entry was applied. */
  void applied() {
    if (group.status().configuration() > known.index()) {
      changed();
    }
  }

  /** The members, the voters, or the leader may have changed. */
  void changed() {
    GroupStatus now = group.status();
    boolean news = now.configuration() > known.index() && !now.voters().isEmpty();
    if (news && now.configuration() <= replica.index()) {
      boolean others = !now.voters().equals(known.voters());
      known = new Configuration(now.configuration(), now.voters());
      if (others) {
        scheduler.execute(this::steer);
      }
    }
    tenure.changed();
    retired();
  }

  void close() {
    closed = true;
    heart.cancel();
    tenure.close();
    if (retiring != null) {
      retiring.tryComplete();
    }
  }

  /** What the protocols see of this node. */
  private final class Here implements Course, Leading, ElectorateDriver.Surroundings {
    @Override
    public String self() {
      Member member = self.get();
      return member == null ? "" : member.id();
    }

    @Override
    public Fate fate(String nodeId) {
      MemberTable members = replica.members();
      if (members.contains(nodeId)) {
        return Fate.MEMBER;
      }
      int mark = nodeId.lastIndexOf('#');
      boolean given = mark >= 0
          && Long.parseLong(nodeId.substring(mark + 1)) <= members.lastIncarnation();
      return given ? Fate.GONE : Fate.UNKNOWN;
    }

    @Override
    public Configuration configuration() {
      return known;
    }

    @Override
    public long applied() {
      return replica.index();
    }

    @Override
    public int term() {
      return seat.log() == null ? 0 : seat.log().status().term();
    }

    @Override
    public boolean leads() {
      return governs && seat.leads();
    }

    @Override
    public Future<Long> readIndex() {
      return seat.log().readIndex();
    }

    @Override
    public Future<Void> expel(String nodeId, String reason, int term) {
      if (!leads() || term() != term) {
        return Future.failedFuture(
            new MabeamException(
                ErrorCode.INSUFFICIENT_CONSENSUS, "this node does not lead in term " + term));
      }
      Command command =
          new Command.OfMembers(random.nextLong(), MemberTable.expel(nodeId, reason));
      Buffer entry = Entry.encode(List.of(command.encode()));
      return seat.log().append(entry).mapEmpty();
    }

    @Override
    public Collection<Member> members() {
      return replica.members().all();
    }

    @Override
    public Reachability reachability(Member member) {
      return reachability.apply(member);
    }

    @Override
    public Future<Reachability> probe(Member member) {
      return probe.apply(member);
    }

    @Override
    public Log log() {
      return seat.log();
    }

    @Override
    public Endpoint founder() {
      return replica.members().founder();
    }

    @Override
    public Future<Endpoint> enlist(Endpoint founder) {
      return seat.enlist(self.get(), founder);
    }
  }
}
