package dev.mabeam.consensus;

import dev.mabeam.consensus.Electorate.Step;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.Member;
import dev.mabeam.link.Reachability;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Leads from the voters that are to those that should be, one committed step at a time. What the
 * next step is, {@link Electorate} says; who leads, and has applied all that was committed before,
 * {@link Expulsion#leads}.
 *
 * <h2>Messages</h2>
 *
 * <pre>
 * leader → node    ENLIST    node, term, ticket, founder     begin an empty log, as a new endpoint
 * node   → leader  ENLISTED  term, ticket, endpoint          its log is open: add it
 * </pre>
 *
 * <h2>Enlisting</h2>
 *
 * The node drops whatever log it had: that of an endpoint which was removed, or was never added. It
 * must not drop one that votes. So it obeys only the newest ticket, and none of an earlier term than
 * its own log knows: a deposed leader may not know who votes by now, and the log of whoever votes
 * knows the term of the leader that made it so. The same ticket again gets the same answer.
 *
 * <p>A node that does not answer is passed by for a while. One that answers and is never added,
 * since the leader has died, keeps a log that nobody writes to, until the next leader enlists it
 * again.
 *
 * <h2>When a party dies</h2>
 *
 * Every step is one change of the log, which is committed or not; the next leader sees what it
 * came to and goes on from there. A candidate that dies is not wanted after a while, and goes. A
 * leader that hands over and is not followed in time leads on, and tries again.
 */
final class ElectorateDriver {
  private static final System.Logger LOG = System.getLogger(ElectorateDriver.class.getName());
  private static final Duration ENLISTING = Duration.ofSeconds(3);
  private static final Duration UNFIT = Duration.ofSeconds(30);
  private static final Duration FRESH = Duration.ofSeconds(2);

  /** What the driver works on, on the log's thread. */
  interface Surroundings {
    /** This node's own log, or null. */
    Log log();

    /** Who began the log. */
    Endpoint founder();

    Collection<Member> members();

    /** As {@link Leading#probe}. */
    Future<Reachability> probe(Member member);

    /** Opens an empty log in the place of the one that is open; completes with its endpoint. */
    Future<Endpoint> enlist(Endpoint founder);
  }

  private record Enlisted(Endpoint endpoint, long nanos) {}

  private final Course course;
  private final Tenure tenure;
  private final Surroundings surroundings;
  private final Post post;
  private final Scheduler scheduler;
  private final Supplier<Traits> own;
  private final LeaseRules rules;
  // as the leader
  private final Map<String, Enlisted> enlisted = new HashMap<>();
  private final Map<String, Long> unfitNanos = new HashMap<>();
  private Set<String> nodes = Set.of();
  /** Who voted last, and before that; in this node's present time as the leader. */
  private List<Endpoint> voters = List.of();
  private List<Endpoint> votersBefore = List.of();
  private long sameNodesNanos;
  private long leadsNanos;
  private boolean led;
  private boolean busy;
  private long lastTicket;
  private Promise<Endpoint> answer = Promise.promise();
  // as who is enlisted
  private int obeyedTerm;
  private long obeyedTicket;
  private Future<Endpoint> opened;

  ElectorateDriver(
      Course course,
      Tenure tenure,
      Surroundings surroundings,
      Post post,
      Scheduler scheduler,
      Supplier<Traits> own,
      LeaseRules rules) {
    this.course = course;
    this.tenure = tenure;
    this.surroundings = surroundings;
    this.post = post;
    this.scheduler = scheduler;
    this.own = own;
    this.rules = rules;
    post.on(FrameType.ENLIST, (from, type, payload) -> enlist(from, payload.toJsonObject()));
    post.on(FrameType.ENLISTED, (from, type, payload) -> enlisted(payload.toJsonObject()));
  }

  // ---- as the leader --------------------------------------------------------------------------

  /** To be called every {@link MajorityLease#ROUND}, whoever leads, and when others vote. */
  void round() {
    long now = scheduler.nanos();
    if (!tenure.expulsion().leads()) {
      led = false;
      return;
    }
    if (!led) {
      led = true;
      leadsNanos = now;
      enlisted.clear();
      unfitNanos.clear();
      nodes = Set.of();
      voters = List.of();
      votersBefore = List.of();
    }
    unfitNanos.values().removeIf(since -> now - since > UNFIT.toNanos());
    Set<String> present = new HashSet<>();
    surroundings.members().forEach(member -> present.add(member.name()));
    if (!present.equals(nodes)) {
      nodes = present;
      sameNodesNanos = now;
    }
    if (!busy) {
      Step step = Electorate.next(sight(now), rules);
      if (step != null) {
        take(step);
      }
    }
  }

  private Electorate.Sight sight(long now) {
    Log.LogStatus status = surroundings.log().status();
    Endpoint self = surroundings.log().self();
    Map<Endpoint, Long> matched = new HashMap<>(status.matched());
    matched.put(self, status.committed());
    List<Electorate.Node> all = new ArrayList<>();
    surroundings.members().forEach(member -> all.add(node(member, self, now)));
    if (!status.voters().equals(voters)) {
      votersBefore = voters;
      voters = List.copyOf(status.voters());
    }
    // What is committed is known a moment before this node goes by it.
    boolean goesBy = course.configuration().index() >= status.configuration();
    return new Electorate.Sight(
        self,
        new Configuration(status.configuration(), status.voters()),
        status.learners(),
        matched,
        status.committed(),
        all,
        goesBy ? tenure.lease().agreedFor() : Duration.ZERO,
        goesBy && votersBefore.equals(List.of(self)),
        Duration.ofNanos(now - sameNodesNanos),
        unfitNanos.keySet());
  }

  private Electorate.Node node(Member member, Endpoint self, long now) {
    if (member.id().equals(course.self())) {
      return node(member, own.get(), 0, self.id());
    }
    Confirmer.Heard heard = tenure.heard().get(member.id());
    Enlisted lately = enlisted.get(member.name());
    if (heard == null) {
      return node(member, Traits.PLAIN, now - leadsNanos, null);
    }
    boolean older = lately != null && heard.nanos() - lately.nanos() < 0;
    boolean fresh = now - heard.nanos() < FRESH.toNanos();
    String endpoint = fresh ? heard.request().endpoint() : null;
    return node(
        member,
        heard.request().traits(),
        now - heard.nanos(),
        older ? lately.endpoint().id() : endpoint);
  }

  private static Electorate.Node node(
      Member member, Traits traits, long silentNanos, String endpoint) {
    return new Electorate.Node(
        member.name(),
        member.incarnation(),
        member.link(),
        traits,
        Duration.ofNanos(silentNanos),
        endpoint);
  }

  private void take(Step step) {
    LOG.log(System.Logger.Level.INFO, course.self() + ": " + step);
    busy = true;
    Future<?> done;
    if (step instanceof Step.Enlist enlist) {
      done = enlist(enlist.node());
    } else if (step instanceof Step.Promote promote) {
      done = promote(promote.endpoint());
    } else if (step instanceof Step.Remove remove) {
      done = change(remove.endpoint(), Log.Change.REMOVE);
    } else {
      done = surroundings.log().transferTo(((Step.TransferTo) step).endpoint());
    }
    done.onComplete(
        outcome -> {
          busy = false;
          if (outcome.failed()) {
            LOG.log(
                System.Logger.Level.DEBUG,
                course.self() + " could not " + step + ": " + outcome.cause().getMessage());
          }
        });
  }

  private Future<Long> promote(Endpoint endpoint) {
    int term = course.term();
    Member member =
        surroundings.members().stream()
            .filter(one -> one.name().equals(endpoint.node()))
            .findAny()
            .orElseThrow();
    Future<Reachability> asked =
        rules.caughtUp()
            ? surroundings.probe(member)
            : Future.succeededFuture(Reachability.CONNECTED);
    return asked.compose(
        answer ->
            answer == Reachability.CONNECTED && leadsIn(term)
                ? change(endpoint, Log.Change.PROMOTE)
                : Future.failedFuture("it is " + answer + ", or another term has begun"));
  }

  private boolean leadsIn(int term) {
    return course.term() == term && tenure.expulsion().leads();
  }

  private Future<Long> change(Endpoint endpoint, Log.Change change) {
    Log log = surroundings.log();
    return log.change(endpoint, change, log.status().configuration());
  }

  private Future<Long> enlist(Electorate.Node node) {
    Promise<Endpoint> asked = Promise.promise();
    answer = asked;
    int term = course.term();
    JsonObject message =
        new JsonObject()
            .put("v", LeaseMessage.VERSION)
            .put("node", node.name() + "#" + node.age())
            .put("term", term)
            .put("ticket", ++lastTicket)
            .put("founder", surroundings.founder().toJson());
    post.send(node.address(), FrameType.ENLIST, message.toBuffer());
    Scheduler.Scheduled deadline =
        scheduler.after(ENLISTING, () -> asked.tryFail(node.name() + " did not answer"));
    return asked
        .future()
        .onComplete(done -> deadline.cancel())
        .onFailure(failure -> unfitNanos.put(node.name(), scheduler.nanos()))
        .onSuccess(made -> enlisted.put(node.name(), new Enlisted(made, scheduler.nanos())))
        .compose(
            made ->
                leadsIn(term)
                    ? change(made, Log.Change.ADD_LEARNER)
                    : Future.failedFuture("another term has begun"));
  }

  private void enlisted(JsonObject message) {
    if (message.getInteger("term") == course.term() && message.getLong("ticket") == lastTicket) {
      answer.tryComplete(Endpoint.fromJson(message.getJsonObject("endpoint")));
    }
  }

  // ---- as who is enlisted ---------------------------------------------------------------------

  private void enlist(LinkAddress from, JsonObject message) {
    int term = message.getInteger("term");
    long ticket = message.getLong("ticket");
    boolean again = term == obeyedTerm && ticket == obeyedTicket;
    boolean newer = term > obeyedTerm || term == obeyedTerm && ticket > obeyedTicket;
    boolean mine = message.getString("node").equals(course.self());
    if (newer && mine && term >= course.term()) {
      obeyedTerm = term;
      obeyedTicket = ticket;
      opened = surroundings.enlist(Endpoint.fromJson(message.getJsonObject("founder")));
    } else if (!again || !mine) {
      return;
    }
    opened.onSuccess(endpoint -> post.send(from, FrameType.ENLISTED, answer(message, endpoint)));
  }

  private static Buffer answer(JsonObject asked, Endpoint endpoint) {
    return new JsonObject()
        .put("v", LeaseMessage.VERSION)
        .put("term", asked.getInteger("term"))
        .put("ticket", asked.getLong("ticket"))
        .put("endpoint", endpoint.toJson())
        .toBuffer();
  }
}
