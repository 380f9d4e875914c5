package dev.mabeam.variable;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.testing.check.CausalHistory;
import dev.mabeam.testing.check.CausalSets;
import dev.mabeam.testing.check.SessionHistory;
import dev.mabeam.testing.sim.Seeds;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * One run of one seed of a combination that is weaker than strong: five nodes, variables whose
 * replica sets of two and three overlap, and clients that roam over the nodes. Where the level
 * honours tokens they have one; on causal variables there are others that stay at a node, without.
 *
 * <p>In the end all replicas are equal, and have what was acknowledged and survived; and what the
 * clients saw is what their level promises:
 *
 * <ul>
 *   <li><b>eventual</b>: nothing that nobody wrote;
 *   <li><b>session</b>: the four guarantees;
 *   <li><b>causal</b>: these, and no effect before its causes, over all variables.
 * </ul>
 *
 * <p>By {@code consensus} another one of concurrent writes may stand than a reader saw first, so
 * there is no one order of all writes; there each variable by itself has to be causal.
 */
final class WeakRun {
  private static final int VARIABLES = 4;
  private static final int CLIENTS = 6;
  private static final int FAULTS = 4;
  private static final Duration GIVEN_UP = Duration.ofSeconds(7);
  /** Within what hybrid clocks correct. */
  private static final Duration SKEW = Duration.ofSeconds(4);

  final SimVariables cluster;
  private final Combination combination;
  private final boolean tokens;
  private final RandomGenerator random;
  private final SimStorm storm;
  private final List<String> names = new ArrayList<>();
  private final Map<String, SimVariables.Kind> kinds = new HashMap<>();
  private final SessionHistory sessions = new SessionHistory();
  private final CausalSets sets = new CausalSets();
  private final Map<String, CausalHistory> registers = new HashMap<>();
  private final List<Written> writes = new ArrayList<>();
  private final List<Client> clients = new ArrayList<>();
  private int losses;
  private long answered;
  /** What happened, one line each, for whoever plays a seed again. */
  final List<String> trace = new ArrayList<>();

  WeakRun(Combination combination, long seed, SimVariables.Broken broken, boolean tokens) {
    this.combination = combination;
    this.tokens = tokens;
    random = Seeds.random(seed);
    cluster = new SimVariables(seed, 5, broken);
    storm =
        new SimStorm(cluster, random, SKEW, SimStorm.MIX)
            .beforeLoss(this::loses)
            .trace(this::note);
    for (int i = 0; i < VARIABLES; i++) {
      String name = "v" + i;
      SimVariables.Kind kind = kind(i);
      names.add(name);
      kinds.put(name, kind);
      cluster.distribute(
          "n" + (1 + i), name, kind, combination.level(), combination.sync(), 2 + i % 2);
    }
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(new Client(null));
    }
    if (combination.level() == Consistency.CAUSAL) {
      cluster.sim.nodes().forEach(node -> clients.add(new Client(node.name())));
    }
  }

  private SimVariables.Kind kind(int variable) {
    return switch (combination.conflict()) {
      case LAST_WRITER_WINS -> SimVariables.Kind.LAST_WRITER_WINS;
      case VECTOR_CLOCKS -> SimVariables.Kind.VECTOR_CLOCKS;
      case CONSENSUS -> SimVariables.Kind.CONSENSUS;
      case MERGE_FUNCTION ->
          variable % 2 == 0 ? SimVariables.Kind.MAP_BY_KEY : SimVariables.Kind.SET_UNION;
    };
  }

  private boolean areCollections() {
    return combination.conflict() == ConflictResolution.MERGE_FUNCTION;
  }

  /** How many calls were answered. */
  long play() {
    storm.begin();
    workFor(700);
    for (int i = 0; i < FAULTS; i++) {
      storm.fault();
      workFor(300 + random.nextInt(1_200));
    }
    storm.calm();
    workFor(500);
    drain();
    clients.forEach(Client::writeSomething);
    drain();
    cluster.sim.runFor(Duration.ofSeconds(7));
    cluster.awaitQuiet();
    check();
    return answered;
  }

  private void drain() {
    long end = cluster.sim.nanos() + GIVEN_UP.toNanos() + 1_000_000_000L;
    while (clients.stream().anyMatch(client -> client.busy) && cluster.sim.nanos() < end) {
      cluster.sim.runFor(Duration.ofMillis(100));
      clients.forEach(Client::giveUp);
    }
  }

  private void check() {
    cluster.requireConvergence();
    for (String name : names) {
      for (Replica replica : cluster.replicas(name)) {
        assertEquals(replica.state(), replica.view().shown(), name);
      }
    }
    boolean eventual = combination.level() == Consistency.EVENTUAL;
    boolean ordered = combination.conflict() != ConflictResolution.CONSENSUS;
    if (combination.level() == Consistency.CAUSAL) {
      sets.require();
    }
    if (combination.level() != Consistency.CAUSAL) {
      sessions.require(eventual || !ordered ? Set.of() : SessionHistory.ALL);
    }
    if (!eventual) {
      registers
          .values()
          .forEach(
              ordered ? CausalHistory::requireConvergence : CausalHistory::require);
      sessions.require(ordered ? SessionHistory.ALL : Set.of());
    }
  }

  private void note(String what) {
    trace.add(cluster.sim.elapsed().toMillis() + " ms: " + what);
  }

  private void workFor(int millis) {
    long end = cluster.sim.nanos() + millis * 1_000_000L;
    while (cluster.sim.nanos() < end) {
      clients.get(random.nextInt(clients.size())).step();
      cluster.sim.runFor(Duration.ofMillis(random.nextInt(1, 16)));
    }
  }

  // ---- what is lost ---------------------------------------------------------------------------

  /** A write as its client knows it, in each history. */
  private static final class Written {
    final String variable;
    /** Null as long as its outcome is not known. */
    final JsonObject version;
    final List<Runnable> lost = new ArrayList<>();

    Written(String variable, JsonObject version) {
      this.variable = variable;
      this.version = version;
    }

    void lost() {
      lost.forEach(Runnable::run);
    }
  }

  /** One that was expelled may come back with it, but nobody can wait for that. */
  private List<SimVariables.Node> holders(Written written) {
    return cluster.holders(written.variable, written.version).stream()
        .filter(SimVariables.Node::isIn)
        .toList();
  }

  /** What only that node has counts as lost, and what nobody knows the outcome of. */
  private void loses(SimVariables.Node node) {
    losses++;
    note(node.id + " is about to go");
    for (Written written : writes) {
      if (written.version == null
          || holders(written).stream().allMatch(holder -> holder == node)) {
        note("lost: " + written.variable + " " + written.version);
        written.lost();
      }
    }
  }

  // ---- clients --------------------------------------------------------------------------------

  /** What one session did and saw, for each checker. */
  private final class Record {
    final SessionHistory.Session session = sessions.session();
    final CausalSets.Session collections = sets.session();
    final Map<CausalHistory, CausalHistory.Session> causal = new HashMap<>();

    void read(String variable, Object value) {
      Collection<Object> shown = kinds.get(variable).byKey.apply(value).values();
      if (areCollections()) {
        session.readAll(variable, shown);
        collections.read(variable, shown);
      } else {
        Object one = shown.isEmpty() ? null : shown.iterator().next();
        session.read(variable, one);
        ofVariable(variable).read(variable, one);
      }
    }

    /** It was done, or may have been if it has no version. */
    Written wrote(String variable, int number, JsonObject version, CausalSets.Write asked) {
      Written written = new Written(variable, version);
      written.lost.add(session.wrote(variable, number)::lost);
      if (areCollections()) {
        written.lost.add(asked::lost);
      } else {
        written.lost.add(ofVariable(variable).wrote(variable, number)::lost);
      }
      return written;
    }

    private CausalHistory.Session ofVariable(String variable) {
      String part = combination.level() == Consistency.CAUSAL ? "all" : variable;
      return causal.computeIfAbsent(
          registers.computeIfAbsent(part, each -> new CausalHistory()), CausalHistory::session);
    }
  }

  /** One that does one thing after the other. */
  private final class Client {
    private final String home;
    private Record record = new Record();
    private SessionToken token = SessionToken.EMPTY;
    private SimVariables.Node at;
    private long sinceNanos;
    private int lossesBefore;
    private long turn;
    private Runnable unknown = () -> {};
    private boolean busy;

    Client(String home) {
      this.home = home;
    }

    /** What comes now does not follow from what was. */
    private void startAgain(SessionToken with) {
      record = new Record();
      token = with;
    }

    void step() {
      if (busy) {
        giveUp();
      } else {
        act(random.nextInt(3) == 0);
      }
    }

    /** At once with others, so that none has seen the other. */
    void writeSomething() {
      if (!busy) {
        act(true);
      }
    }

    private void act(boolean writes) {
      SimVariables.Node node = cluster.node(home == null ? storm.anyName() : home);
      String variable = names.get(random.nextInt(names.size()));
      if (node != at && home != null) {
        startAgain(SessionToken.EMPTY);
      }
      boolean far = home != null && cluster.serving(node, variable) == null;
      if (!node.host.up() || !node.isIn() || far) {
        return;
      }
      at = node;
      busy = true;
      sinceNanos = cluster.sim.nanos();
      lossesBefore = losses;
      turn++;
      if (writes) {
        write(node, variable, turn);
      } else {
        read(node, variable, turn);
      }
    }

    private SessionToken mine() {
      boolean honoured = combination.level().atLeast(Consistency.SESSION);
      return home == null && tokens && honoured ? token : SessionToken.EMPTY;
    }

    private void read(SimVariables.Node node, String variable, long now) {
      unknown = () -> {};
      node.room
          .get(variable, ReadOptions.DEFAULT.withToken(mine()))
          .onComplete(
              read -> {
                if (end(now) && (home == null || read.node().equals(node.id))) {
                  answered++;
                  WeakRun.this.note(this + " read " + variable + "=" + read.value() + " of "
                      + read.node() + " " + read.version());
                  record.read(variable, read.value());
                  token = read.token();
                }
              },
              failure -> failed(now, failure));
    }

    private void write(SimVariables.Node node, String variable, long now) {
      String acks = random.nextInt(4) == 0 ? WriteOptions.MAJORITY : WriteOptions.ONE;
      WriteOptions options = new WriteOptions(acks).withToken(mine());
      int number = cluster.writes.size() + 1;
      CausalSets.Write asked = record.collections.wrote(variable, number);
      unknown =
          () -> {
            if (home != null) {
              asked.apart();
              startAgain(SessionToken.EMPTY);
            }
            note(record.wrote(variable, number, null, asked), losses > lossesBefore);
            startAgain(SessionToken.EMPTY);
          };
      cluster
          .setWhole(node.host.name(), variable, options)
          .done()
          .onComplete(
              written -> {
                if (end(now)) {
                  answered++;
                  wrote(node, variable, number, written, asked);
                }
              },
              failure -> {
                if (MabeamException.of(failure).code() != ErrorCode.TIMEOUT) {
                  asked.refused();
                }
                failed(now, failure);
              });
    }

    private void wrote(
        SimVariables.Node node,
        String variable,
        int number,
        VariableValue written,
        CausalSets.Write asked) {
      WeakRun.this.note(this + " wrote " + variable + "=" + number + " at " + written.node() + " "
          + written.version());
      boolean elsewhere = home != null && !written.node().equals(node.id);
      if (elsewhere) {
        // Another node took it, which knows nothing of this client.
        asked.apart();
        startAgain(SessionToken.EMPTY);
      }
      Written done = record.wrote(variable, number, written.version(), asked);
      note(done, holders(done).isEmpty());
      if (elsewhere) {
        startAgain(SessionToken.EMPTY);
      } else {
        token = written.token();
      }
    }

    @Override
    public String toString() {
      return "client " + clients.indexOf(this) + (home == null ? "" : " of " + home);
    }

    private void note(Written written, boolean lost) {
      writes.add(written);
      if (lost) {
        written.lost();
      }
    }

    private boolean end(long ofTurn) {
      boolean mine = busy && ofTurn == turn;
      busy &= !mine;
      return mine;
    }

    private void failed(long ofTurn, Throwable failure) {
      if (!end(ofTurn)) {
        return;
      }
      ErrorCode code = MabeamException.of(failure).code();
      if (code == ErrorCode.SESSION_LOST) {
        startAgain(SessionToken.safe(failure).orElseThrow());
      } else if (code == ErrorCode.TIMEOUT) {
        unknown.run();
      }
    }

    /** Nobody will answer any more. */
    void giveUp() {
      if (busy && cluster.sim.nanos() - sinceNanos > GIVEN_UP.toNanos()) {
        busy = false;
        turn++;
        unknown.run();
      }
    }
  }
}
