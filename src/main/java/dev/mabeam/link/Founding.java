package dev.mabeam.link;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * How a node finds its cluster, or founds it together with the other seeds, so that the same seeds
 * never have two clusters.
 *
 * <h2>Messages</h2>
 *
 * Every message is a question over the link and its answer. Which life of a node answers, its
 * {@code boot}, comes with the connection's hello; {@code n} counts a founder's attempts.
 *
 * <pre>
 * seek                 → nothing | CLUSTER id
 * promise n            → GRANTED | DENIED why | CLUSTER     will you join no cluster but mine?
 * withdraw n           → OK                                 I do not found in attempt n or before
 * held n               → HELD | RELEASED | CLUSTER          asked by who promised: are you at it?
 * join applicant       → the {@link Registrar}'s ruling
 * </pre>
 *
 * <h2>States</h2>
 *
 * See {@link Phase}. A node with a promise to another ({@code PROMISED}) grants none to a third,
 * proposes nothing and joins nothing until it is released. A candidate ({@code COLLECTING}) has
 * promised to itself. A node whose application is under way ({@code JOINING}) grants nothing.
 *
 * <p>A candidate has first heard from <em>all</em> seeds that they are in no cluster, then asks all of
 * them for their promise, and founds when every one has promised in the same life in which it had
 * answered before. The seed with the lowest address proposes first, the others later by rank, in
 * case the lowest reaches fewer nodes; a candidate gives way to one with a lower address.
 *
 * <p>A promise ends in three ways only: the founder says that it withdrew or is in a cluster; the
 * founder's address refuses connections; or another process answers there. Silence ends nothing.
 *
 * <h2>Invariants</h2>
 *
 * <ol>
 *   <li>A node's promises are to one founder at a time; who is in a cluster gives none; and one life
 *       of a node is in one cluster at most, from its admission to its end.
 *   <li>When a candidate begins to ask for promises, every seed whose promise will count is alive
 *       and in no cluster: it answered before that moment and promises after it, in one life. So at
 *       that moment <em>no cluster has a living seed</em>.
 *   <li>From that moment until it founds or withdraws nobody else founds: it would need the
 *       candidate's own promise, which the candidate has given to itself.
 *   <li>Hence two clusters never both have living members among the same seeds.
 * </ol>
 *
 * Asking twice is what makes this hold with nodes that restart and remember nothing. A promise that
 * was collected early may come from a life that has ended, whose successor is in a cluster that
 * the founder cannot see.
 *
 * <h2>When a party dies</h2>
 *
 * <table>
 *   <caption>What happens next</caption>
 *   <tr><td>founder, collecting
 *       <td>its address refuses, or its next life answers: everybody is released
 *   <tr><td>founder, right after founding, before anybody joined
 *       <td>released likewise; the cluster had one member and is gone with it
 *   <tr><td>founder, after somebody joined
 *       <td>who joined is a seed in a cluster, and says so instead of promising
 *   <tr><td>a seed, before it promised
 *       <td>its next life does not count: the founder withdraws, and begins again
 *   <tr><td>a seed, after it promised
 *       <td>its next life finds the cluster, or cannot found without the founder's promise
 *   <tr><td>registrar, while it admits
 *       <td>the applicant's question ends; it asks another seed
 *   <tr><td>applicant, admitted, before it knew
 *       <td>the cluster knows a member that never came; its next life replaces it
 * </table>
 *
 * Whoever promised to a founder that is cut off or paused waits, and so does everybody who needs its
 * promise; {@code join} then ends with NO_REACHABLE_SEED_NODES and names that founder.
 *
 * A node whose store remembers a cluster founds none and promises nothing: it says that it is in
 * that cluster, and applies to no other. While it seeks, its own log may admit it, and that ends the
 * search as well: {@link #admitted}.
 *
 * <h2>What it does not give</h2>
 *
 * If every living seed of a cluster in memory dies, seeds that start again found a new one, even if
 * nodes that are not seeds still live in the old one behind a cut. {@code bootstrap} founds without
 * asking; {@code bootstrapExpect} counts nodes and leaves out addresses that refuse, so it is as safe
 * as that number and the list are true. A machine or firewall that refuses connections in the name
 * of a living node is believed. Nodes have to be given the same seeds.
 */
class Founding {
  /** Where a node stands. */
  enum Phase {
    /** Asks all seeds, round after round. */
    SEEKING,
    /** Promised to another founder. */
    PROMISED,
    /** Collects promises for its own attempt. */
    COLLECTING,
    /** Its application is with a registrar. */
    JOINING,
    /** In a cluster. The end. */
    MEMBER,
    /** Gave up, or was turned away. The end. */
    FAILED
  }

  /** What a test breaks, to see that its checker notices. */
  static class Rules {
    boolean enough(long some, int needed) {
      return some >= needed;
    }

    boolean mayGrant(boolean promisedToAnother) {
      return !promisedToAnother;
    }

    boolean asksTwice() {
      return true;
    }
  }

  static final Duration ASK_DEADLINE = Duration.ofSeconds(1);
  private static final Duration ROUND = Duration.ofMillis(100);
  private static final Duration PATIENT_ROUND = Duration.ofMillis(500);
  private static final Duration IMPATIENT = Duration.ofSeconds(5);
  private static final Duration RETRY = Duration.ofMillis(150);
  private static final Duration RANK_DELAY = Duration.ofMillis(700);
  private static final int ATTEMPT_MILLIS = 2_500;

  private record Held(String boot, LinkAddress founder, long attempt) {}

  private static final class Attempt {
    final long number;
    /** Who has to promise, and in which life it said that it is in no cluster. */
    final Map<LinkAddress, String> needed;
    final Map<LinkAddress, String> granted = new LinkedHashMap<>();

    Attempt(long number, Map<LinkAddress, String> needed) {
      this.number = number;
      this.needed = needed;
    }
  }

  private final LinkOptions options;
  private final LinkAddress self;
  private final String bootId;
  private final SeedSource seeds;
  private final Lines lines;
  private final Applications applications;
  private final Scheduler scheduler;
  private final RandomGenerator random;
  private final Rules rules;
  private final Promise<Admission> admission = Promise.promise();
  private final Consumer<Phase> onPhase;
  /** Addresses that turned out to be this node's own. */
  private final Set<LinkAddress> aliases = new HashSet<>();
  private final Waiting waiting;

  private Phase phase = Phase.SEEKING;
  private Held held;
  private Attempt attempt;
  private long lastAttempt;
  private long startedNanos;
  private long notBeforeNanos;
  private long allSeenNanos = -1;

  Founding(
      LinkOptions options,
      LinkAddress self,
      String bootId,
      SeedSource seeds,
      Lines lines,
      Applications applications,
      Scheduler scheduler,
      RandomGenerator random,
      Rules rules,
      Consumer<Phase> onPhase) {
    this.options = options;
    this.self = self;
    this.bootId = bootId;
    this.seeds = seeds;
    this.lines = lines;
    this.applications = applications;
    this.scheduler = scheduler;
    this.random = random;
    this.rules = rules;
    this.onPhase = onPhase;
    this.waiting = new Waiting(options, self, seeds);
    aliases.add(self);
  }

  /** Ends in a cluster, or with NO_REACHABLE_SEED_NODES or CONFLICT. */
  Future<Admission> run() {
    startedNanos = scheduler.nanos();
    Scheduler.Scheduled timeout = scheduler.after(options.joinTimeout(), this::giveUp);
    round();
    return admission.future().onComplete(done -> timeout.cancel());
  }

  Phase phase() {
    return phase;
  }

  private boolean over() {
    return phase == Phase.MEMBER || phase == Phase.FAILED;
  }

  private void enter(Phase next) {
    if (phase != next) {
      phase = next;
      onPhase.accept(next);
    }
  }

  // ---- seeking --------------------------------------------------------------------------------

  private void round() {
    if (over()) {
      return;
    }
    seeds
        .seeds()
        .compose(this::seek)
        .onFailure(waiting::seedsUnknown)
        .onComplete(
            done -> {
              boolean late = scheduler.nanos() - startedNanos > IMPATIENT.toNanos();
              scheduler.after(late ? PATIENT_ROUND : ROUND, this::round);
            });
  }

  private Future<Void> seek(List<LinkAddress> listed) {
    Set<LinkAddress> all = new TreeSet<>(listed);
    waiting.listed(all, all.stream().anyMatch(aliases::contains));
    if (held != null) {
      return poll();
    }
    if (phase != Phase.SEEKING) {
      return Future.succeededFuture();
    }
    List<Future<Lines.Heard>> answers = new ArrayList<>();
    List<LinkAddress> asked = all.stream().filter(seed -> !aliases.contains(seed)).toList();
    asked.forEach(seed -> answers.add(lines.ask(seed, question("seek"), ASK_DEADLINE)));
    return Future.join(answers)
        .transform(
            done -> {
              Map<LinkAddress, Lines.Heard> heard = new LinkedHashMap<>();
              for (int i = 0; i < asked.size(); i++) {
                heard.put(asked.get(i), answers.get(i).result());
              }
              judge(all, heard);
              return Future.succeededFuture();
            });
  }

  private void judge(Set<LinkAddress> all, Map<LinkAddress, Lines.Heard> heard) {
    if (phase != Phase.SEEKING) {
      return;
    }
    heard.forEach(this::note);
    List<LinkAddress> members = new ArrayList<>();
    heard.forEach(
        (seed, said) -> {
          if (isMember(said)) {
            members.add(seed);
          }
        });
    if (!members.isEmpty()) {
      // Any of them may be on the side of a cut where nothing can be decided.
      apply(members.size() == 1 ? members.get(0) : members.get(random.nextInt(members.size())));
      return;
    }
    if (remembers()) {
      return;
    }
    if (all.isEmpty() || options.bootstrap()) {
      found();
      return;
    }
    Map<LinkAddress, String> needed = new LinkedHashMap<>();
    for (LinkAddress seed : all) {
      Lines.Heard said = heard.get(seed);
      boolean spared = options.bootstrapExpect() > 0 && said instanceof Lines.Heard.Refused;
      if (aliases.contains(seed)) {
        needed.put(seed, bootId);
      } else if (!spared) {
        needed.put(
            seed, said instanceof Lines.Heard.Answered answer ? answer.from().bootId() : null);
      }
    }
    proposeInTurn(all, needed);
  }

  private void proposeInTurn(Set<LinkAddress> all, Map<LinkAddress, String> needed) {
    long answered = needed.values().stream().filter(boot -> boot != null).count();
    boolean onTheList = all.stream().anyMatch(aliases::contains);
    waiting.listed(all, onTheList);
    boolean allThere = rules.enough(answered, needed.size()) || !rules.asksTwice();
    if (!allThere || !onTheList || needed.size() < options.bootstrapExpect()) {
      allSeenNanos = -1;
      return;
    }
    if (allSeenNanos < 0) {
      allSeenNanos = scheduler.nanos();
    }
    long rank = needed.keySet().stream().takeWhile(seed -> !aliases.contains(seed)).count();
    long turn = Math.max(notBeforeNanos, allSeenNanos + rank * RANK_DELAY.toNanos());
    if (scheduler.nanos() >= turn) {
      propose(needed);
    }
  }

  private void note(LinkAddress seed, Lines.Heard heard) {
    if (heard instanceof Lines.Heard.Answered answer && answer.from().bootId().equals(bootId)) {
      aliases.add(seed);
      waiting.forget(seed);
    } else {
      boolean inCluster = heard instanceof Lines.Heard.Answered answer && isCluster(answer.body());
      waiting.note(seed, heard, inCluster);
    }
  }

  /** Whether this node has the log of a cluster, and so is in no doubt which one it belongs to. */
  private boolean remembers() {
    return !applications.clusterId().isEmpty();
  }

  private boolean isMember(Lines.Heard heard) {
    return heard instanceof Lines.Heard.Answered answer
        && isCluster(answer.body())
        && (!remembers() || applications.clusterId().equals(answer.body().getString("clusterId")));
  }

  private static boolean isCluster(JsonObject answer) {
    return answer.getString("answer", "").equals("CLUSTER");
  }

  // ---- proposing ------------------------------------------------------------------------------

  private void propose(Map<LinkAddress, String> needed) {
    Attempt mine = new Attempt(++lastAttempt, needed);
    attempt = mine;
    enter(Phase.COLLECTING);
    Duration patience = Duration.ofMillis(ATTEMPT_MILLIS + random.nextInt(ATTEMPT_MILLIS));
    scheduler.after(patience, () -> withdraw(mine));
    for (LinkAddress seed : needed.keySet()) {
      if (aliases.contains(seed)) {
        mine.granted.put(seed, bootId);
      } else {
        collect(mine, seed);
      }
    }
    foundIfEnough(mine);
  }

  private void collect(Attempt mine, LinkAddress seed) {
    lines
        .ask(seed, question("promise").put("n", mine.number), ASK_DEADLINE)
        .onSuccess(heard -> collected(mine, seed, heard));
  }

  private void collected(Attempt mine, LinkAddress seed, Lines.Heard heard) {
    if (attempt != mine) {
      return;
    }
    if (heard instanceof Lines.Heard.Answered answer) {
      switch (answer.body().getString("answer", "")) {
        case "GRANTED" -> {
          granted(mine, seed, answer.from().bootId());
          return;
        }
        case "CLUSTER" -> {
          withdraw(mine);
          return;
        }
        default -> waiting.note(seed, answer.body().getString("why", "does not promise"));
      }
    } else {
      note(seed, heard);
    }
    scheduler.after(
        RETRY,
        () -> {
          if (attempt == mine) {
            collect(mine, seed);
          }
        });
  }

  private void granted(Attempt mine, LinkAddress seed, String boot) {
    if (rules.asksTwice() && !boot.equals(mine.needed.get(seed))) {
      // Another life than the one that had said it is in no cluster: nothing follows from both.
      withdraw(mine);
      return;
    }
    mine.granted.put(seed, boot);
    foundIfEnough(mine);
  }

  private void foundIfEnough(Attempt mine) {
    int nodes = new HashSet<>(mine.granted.values()).size();
    if (nodes >= options.bootstrapExpect()
        && rules.enough(mine.granted.size(), mine.needed.size())) {
      found();
    }
  }

  private void withdraw(Attempt mine) {
    if (attempt != mine || over()) {
      return;
    }
    attempt = null;
    allSeenNanos = -1;
    notBeforeNanos = scheduler.nanos() + Duration.ofMillis(random.nextInt(1_000)).toNanos();
    enter(Phase.SEEKING);
    tellWithdrawn(mine);
  }

  /** Who does not hear of it asks by itself, sooner or later. */
  private void tellWithdrawn(Attempt mine) {
    for (LinkAddress seed : mine.needed.keySet()) {
      if (!aliases.contains(seed)) {
        lines.ask(seed, question("withdraw").put("n", mine.number), ASK_DEADLINE);
      }
    }
  }

  private void found() {
    Attempt mine = attempt;
    attempt = null;
    Admission founded = applications.found();
    enter(Phase.MEMBER);
    admission.complete(founded);
    if (mine != null) {
      // Spares those who promised their next poll; they learn of the cluster by seeking.
      tellWithdrawn(mine);
    }
  }

  // ---- promised to another --------------------------------------------------------------------

  private Future<Void> poll() {
    Held mine = held;
    return lines
        .ask(mine.founder, question("held").put("n", mine.attempt), ASK_DEADLINE)
        .map(
            heard -> {
              if (held != null && held.equals(mine)) {
                polled(mine, heard);
              }
              return null;
            });
  }

  private void polled(Held mine, Lines.Heard heard) {
    if (heard instanceof Lines.Heard.Answered answer) {
      boolean anotherLife = !answer.from().bootId().equals(mine.boot);
      boolean heldStill = answer.body().getString("answer", "").equals("HELD");
      if (anotherLife || !heldStill) {
        release();
        return;
      }
      waiting.note(mine.founder, "collects promises");
    } else if (heard instanceof Lines.Heard.Refused) {
      release();
    } else {
      waiting.note(mine.founder, "has this node's promise and does not answer");
    }
  }

  private void release() {
    held = null;
    enter(Phase.SEEKING);
  }

  // ---- answering others -----------------------------------------------------------------------

  /** Answers a question of {@code from}; {@code join} is not for this class. */
  JsonObject answer(Hello from, JsonObject question) {
    long n = question.getLong("n", 0L);
    if (phase == Phase.MEMBER || remembers()) {
      return new JsonObject()
          .put("answer", "CLUSTER")
          .put("clusterId", applications.clusterId());
    }
    return switch (question.getString("ask", "")) {
      case "promise" -> promise(from, n);
      case "withdraw" -> {
        if (held != null && held.boot.equals(from.bootId()) && held.attempt <= n) {
          release();
        }
        yield says("OK");
      }
      case "held" -> says(attempt != null && attempt.number == n ? "HELD" : "RELEASED");
      default -> says("");
    };
  }

  private JsonObject promise(Hello from, long n) {
    if (phase == Phase.FAILED || options.bootstrap()) {
      return denied("founds alone, or gave up");
    }
    if (phase == Phase.JOINING) {
      return denied("applies to a cluster");
    }
    boolean yields = phase == Phase.COLLECTING && from.link().compareTo(self) < 0;
    if (attempt != null && yields && !rules.mayGrant(true)) {
      withdraw(attempt);
    }
    boolean another = attempt != null || held != null && !held.boot.equals(from.bootId());
    if (!rules.mayGrant(another)) {
      return denied("promised to " + (attempt != null ? self : held.founder));
    }
    if (held != null && held.boot.equals(from.bootId()) && held.attempt > n) {
      return denied("heard of a later attempt");
    }
    held = new Held(from.bootId(), from.link(), n);
    if (attempt == null) {
      enter(Phase.PROMISED);
    }
    return says("GRANTED");
  }

  private static JsonObject denied(String why) {
    return says("DENIED").put("why", why);
  }

  private static JsonObject says(String answer) {
    return new JsonObject().put("answer", answer);
  }

  private static JsonObject question(String ask) {
    return new JsonObject().put("ask", ask);
  }

  // ---- joining --------------------------------------------------------------------------------

  private void apply(LinkAddress member) {
    enter(Phase.JOINING);
    applications
        .apply(member)
        .onComplete(
            applied -> {
              if (phase != Phase.JOINING) {
                return;
              }
              if (applied.succeeded()) {
                admitted(applied.result());
                return;
              }
              MabeamException why = MabeamException.of(applied.cause());
              if (why.code() == ErrorCode.CONFLICT) {
                enter(Phase.FAILED);
                admission.fail(why);
              } else {
                waiting.notAdmitted(why.getMessage());
                enter(Phase.SEEKING);
              }
            });
  }

  /** The application was granted, or the node's own log has admitted it: the search is over. */
  void admitted(Admission in) {
    if (!over()) {
      applications.enter(in);
      enter(Phase.MEMBER);
      admission.complete(in);
    }
  }

  // ---- giving up ------------------------------------------------------------------------------

  /** Ends the search; this life neither founds nor joins any more. */
  void stop(String why) {
    stop(waiting.noCluster(why));
  }

  private void giveUp() {
    stop(waiting.inVain());
  }

  private void stop(MabeamException why) {
    if (over()) {
      return;
    }
    Attempt mine = attempt;
    attempt = null;
    enter(Phase.FAILED);
    if (mine != null) {
      tellWithdrawn(mine);
    }
    admission.fail(why);
  }
}
