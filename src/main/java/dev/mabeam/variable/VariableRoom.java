package dev.mabeam.variable;

import dev.mabeam.bus.Addresses;
import dev.mabeam.bus.Bus;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Hop;
import dev.mabeam.time.HybridClock;
import dev.mabeam.variable.causal.CausalDomain;
import dev.mabeam.variable.causal.Survey;
import dev.mabeam.variable.conflict.Resolution;
import dev.mabeam.variable.conflict.Write;
import dev.mabeam.variable.consistency.Arrivals;
import dev.mabeam.variable.consistency.Level;
import dev.mabeam.variable.consistency.Reading;
import dev.mabeam.variable.consistency.Writing;
import dev.mabeam.variable.ledger.Book;
import dev.mabeam.variable.sync.Synchronizer;
import dev.mabeam.variable.sync.Tuning;
import dev.mabeam.variable.version.Sibling;
import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * The variables as one node has them. Definitions, replica sets and masters are decisions ({@link
 * VariableDefinitions}), and so are the values of strong variables ({@link StrongWrites}). Values of
 * the others are in the stores of the replicas ({@link Replicas}), which {@link Synchronizer} keeps
 * alike; a node that keeps no replica asks one that does ({@link Access}).
 *
 * <p>Guaranteed, whatever a variable asked for: an acknowledged write is on as many replicas as it
 * asked for, and as long as one of these stores lives, on all of them some time after they can reach
 * each other; equal replicas answer equally. A node without its lease acknowledges no write, and
 * goes on reading what is not strong. What a reader sees beyond that its {@link Level} says. <em>Not
 * </em> guaranteed: anything about a write that failed with TIMEOUT.
 *
 * <p>Create it on the thread of the context's scheduler, then {@link #start}. The methods of {@link
 * Variables} may be called on any thread. Its store may be used again after {@link #close}.
 */
public final class VariableRoom implements Variables {
  private static final Duration TELL_AGAIN = Duration.ofSeconds(1);
  private static final Duration KNOWN_WITHIN = Duration.ofSeconds(2);

  private final VariableContext context;
  private final Executor thread;
  private final VariableMetrics metrics;
  private final HybridClock clock;
  private final Replicas replicas;
  private final Synchronizer sync;
  private final Survey survey;
  private final CausalDomain causal;
  private final Arrivals arrivals;
  private final Copies copies;
  private final AtOnce atOnce;
  private final StrongWrites decided;
  private final Levels levels;
  private final Access access;
  private final Refill refill;
  private final KeyTelling keys;
  private final Ledgers ledgers;
  private final Votes votes;
  private final Mirror mirror;
  private final Watches watches;
  private final Standings standings;
  private final Upkeep upkeep;
  private final Repeats<JsonObject> repeats = new Repeats<>();
  private final VariableEvents events;
  private final Map<String, Long> masterAt = new HashMap<>();
  private final Queue<Collection<String>> changes = new ConcurrentLinkedQueue<>();
  private final List<Bus.Registration> registrations = new ArrayList<>();
  private long lastRequest;
  private volatile boolean closed;

  private VariableRoom(
      VariableContext context,
      Function<VariableOptions, Resolution> resolutions,
      Tuning tuning) {
    this.context = context;
    thread = new Hop(context.scheduler()::execute);
    metrics = new VariableMetrics(context.metrics());
    clock = new HybridClock(context.scheduler());
    replicas = new Replicas(context, clock, metrics, resolutions, new News());
    sync =
        new Synchronizer(
            context.nodeId(),
            context.bus(),
            replicas,
            context.scheduler(),
            context.random(),
            metrics::sent,
            tuning,
            clock::now,
            (name, fault) -> metrics.fault(fault.reason()),
            replicas::nothingElsewhere);
    DecidedPlaces places = new DecidedPlaces(context);
    survey =
        new Survey(
            context.nodeId(),
            context.bus(),
            places,
            context.store().causal(),
            name -> seen(context.store().get(VariableInfo.nameOf(name))));
    causal =
        new CausalDomain(
            context.nodeId(),
            context.bus(),
            context.scheduler(),
            context.random(),
            clock,
            context.store().causal(),
            places,
            survey,
            replicas);
    arrivals =
        new Arrivals(
            name -> seen(replicas.serving(name)),
            names -> sync.fetch(keys(names)),
            survey,
            context.scheduler());
    copies =
        new Copies(
            context.nodeId(), replicas, sync, causal, clock, context.serving(), metrics);
    atOnce = new AtOnce(context, clock, replicas, copies, this::heard);
    decided = new StrongWrites(context);
    levels = new Levels(copies, arrivals, causal, decided);
    access = new Access(context, this::require);
    refill = new Refill(context);
    keys = new KeyTelling(context, replicas);
    ledgers = new Ledgers(context, replicas, sync, ForkJoinPool.commonPool());
    votes = new Votes(context, replicas);
    mirror = new Mirror(context, this::shown);
    watches = new Watches(context, this::shown);
    standings = new Standings(context, info -> decided.value(info.name(), true));
    upkeep = new Upkeep(context, replicas, tuning.keep());
    events = new VariableEvents(context.nodeId(), context.events(), context.scheduler());
  }

  public static VariableRoom create(VariableContext context) {
    return create(
        context,
        options -> Resolution.here(options.conflict().word(), options.merge()),
        Tuning.DEFAULT);
  }

  /** With other resolutions than there are, and another tuning. */
  static VariableRoom create(
      VariableContext context,
      Function<VariableOptions, Resolution> resolutions,
      Tuning tuning) {
    return new VariableRoom(context, resolutions, tuning);
  }

  /** Takes the replicas that this node is to keep, and serves the others. */
  public Future<Void> start() {
    context
        .definitions()
        .onChange(
            names -> {
              if (!closed) {
                changes.add(names);
                context.scheduler().execute(this::follow);
              }
            });
    context
        .definitions()
        .onValues(
            changed -> {
              changed.keySet().forEach(mirror::decided);
              // Nobody's thread is woken for values that nobody waits for.
              if (changed.keySet().stream().anyMatch(this::isFollowed)) {
                long index = context.decisions().appliedIndex();
                later(() -> changed.forEach((name, held) -> strongChanged(name, held, index)));
              }
            });
    replicas.start(sync, causal, arrivals);
    context.definitions().definitions().keySet().forEach(this::noteMaster);
    context.definitions().definitions().keySet().forEach(keys::look);
    refill.lookAtAll();
    mirror.start();
    tellZone();
    Bus bus = context.bus();
    String self = context.nodeId();
    Stream<Future<Bus.Registration>> served =
        Stream.of(
            bus.serve(Addresses.node(self, "variable", "get"), this::serveGet),
            bus.serve(Addresses.node(self, "variable", "ledger"), ledgers::serve),
            bus.serve(Addresses.node(self, "variable", "set"), this::serveSet),
            survey.serve(),
            standings.serve());
    return Future.all(
            Stream.concat(served, watches.serve())
                .map(each -> each.onSuccess(registrations::add))
                .toList())
        .compose(all -> causal.start())
        .compose(all -> upkeep.start())
        .compose(all -> sync.start());
  }

  /** Until it is decided, or this node is out. */
  private void tellZone() {
    if (!context.zone().isEmpty() && !closed) {
      context
          .decisions()
          .propose(
              VariableDefinitions.NAME,
              VariableDefinitions.zone(context.nodeId(), context.zone()))
          .onFailure(
              failure ->
                  later(() -> context.scheduler().after(TELL_AGAIN, this::tellZone)));
    }
  }

  @Override
  public Future<VariableInfo> distribute(String name, VariableOptions options) {
    return onThread(
        () -> {
          if (options == null) {
            throw new MabeamException(ErrorCode.INVALID, "'" + name + "' has no options");
          }
          Values.checked(name, options.value());
          Offered.require(name, options);
          return context
              .decisions()
              .propose(
                  VariableDefinitions.NAME,
                  VariableDefinitions.distribute(name, options, context.nodeId()))
              .map(answer -> VariableInfo.fromJson(answer.toJsonObject()));
        });
  }

  @Override
  public Future<VariableValue> get(String name, ReadOptions options) {
    VariableValue here = options == ReadOptions.DEFAULT ? atOnce(name) : null;
    if (here != null) {
      metrics.readHere();
      return Future.succeededFuture(here);
    }
    return metrics.read(
        () -> level(name, options == null ? null : options.consistency()),
        onThread(
            () -> {
              requireOptions(name, options);
              return known(name).compose(info -> access.run(reading(info, options)));
            }));
  }

  /** What a call counts as: the level that it asked for, else the variable's, as a word. */
  private String level(String name, Consistency asked) {
    return asked != null
        ? asked.word()
        : Optional.ofNullable(name)
            .flatMap(context.definitions()::definition)
            .map(info -> info.options().consistency().word())
            .orElse(VariableMetrics.NONE);
  }

  /** On any thread; null if it takes more than a look at the replica here. */
  private VariableValue atOnce(String name) {
    Replica replica = name == null || closed ? null : replicas.serving(name);
    VariableInfo info =
        replica == null ? null : context.definitions().definition(name).orElse(null);
    return info != null && info.options().consistency() == Consistency.EVENTUAL
        ? copies.value(replica)
        : null;
  }

  /** On any thread: whether somebody here is to hear of each decided value of it. */
  private boolean isFollowed(String name) {
    return watches.isWatched(name) || isDecidedLedger(name);
  }

  private boolean isDecidedLedger(String name) {
    return !context.definitions().decided().of(name).isEmpty();
  }

  private void strongChanged(String name, StrongValues.Held held, long index) {
    if (isDecidedLedger(name)) {
      replicas.follow(name);
      noteLedger(name);
    }
    VariableInfo info = context.definitions().definition(name).orElse(null);
    if (info != null && watches.isWatched(name)) {
      watches.changed(name, decided.value(info, held, index, false));
    }
  }

  /** What this node has of it and would show; null if nothing that counts. */
  private VariableValue shown(VariableInfo info) {
    if (info.options().consistency() == Consistency.STRONG) {
      return decided.value(info.name(), true);
    }
    Replica replica = replicas.serving(info.name());
    return replica == null ? null : copies.value(replica);
  }

  private Access.Operation reading(VariableInfo info, ReadOptions options) {
    Level level = levels.of(info, options.consistency());
    Reading reading = new Reading(info.name(), options, options.deadline().toMillis());
    return new Access.Operation(
        info.name(),
        "get",
        now -> level.takers(now, false),
        now -> level.read(now, reading),
        millis -> Remote.read(reading.within(millis)),
        false,
        true,
        options.deadline());
  }

  @Override
  public Future<VariableValue> set(String name, Object value, WriteOptions options) {
    // Who watches hears of each.
    boolean watched = name != null && watches.isWatched(name);
    VariableValue done = watched ? null : atOnce.set(name, value, options);
    if (done != null) {
      metrics.writtenHere();
      return Future.succeededFuture(done);
    }
    return write(name, Writing.Kind.SET, null, value, options);
  }

  @Override
  public Future<VariableValue> compareAndSet(
      String name, Object expected, Object value, WriteOptions options) {
    return write(name, Writing.Kind.COMPARE_AND_SET, expected, value, options);
  }

  @Override
  public Future<VariableValue> update(
      String name, UnaryOperator<Object> change, WriteOptions options) {
    if (change == null) {
      return Future.failedFuture(
          new MabeamException(ErrorCode.INVALID, "the update of '" + name + "' is no function"));
    }
    return metrics.written(
        () -> level(name, options == null ? null : options.consistency()),
        onThread(
            () -> {
              requireOptions(name, options);
              return known(name).compose(info -> update(info, change, options));
            }));
  }

  private Future<VariableValue> update(
      VariableInfo info, UnaryOperator<Object> change, WriteOptions options) {
    return new Update(
            info,
            change,
            options,
            read -> access.run(reading(info, read)),
            (seen, next, write) ->
                access.run(
                    writing(
                        info,
                        writing(info.name(), Writing.Kind.RESOLVE, seen.version(), next, write))),
            context.scheduler())
        .run();
  }

  @Override
  public Future<VariableValue> delete(String name, WriteOptions options) {
    return write(name, Writing.Kind.DELETE, null, null, options);
  }

  @Override
  public Future<VariableValue> resolve(
      String name, Object value, VariableValue seen, WriteOptions options) {
    if (seen == null) {
      return Future.failedFuture(
          new MabeamException(
              ErrorCode.INVALID, "nothing of '" + name + "' was seen", "read it first"));
    }
    return write(name, Writing.Kind.RESOLVE, seen.version(), value, options);
  }

  @Override
  public Future<Watch> watch(String name, Consumer<VariableChange> watcher) {
    return onThread(
        () -> {
          if (watcher == null) {
            throw new MabeamException(ErrorCode.INVALID, "nobody is to watch '" + name + "'");
          }
          return known(name).map(info -> watches.open(info, watcher));
        });
  }

  @Override
  public Future<VariableExplanation> explain(String name) {
    return onThread(() -> known(name).compose(standings::of));
  }

  @Override
  public Future<JsonObject> verify(String name) {
    return onThread(() -> known(name).compose(ledgers::verify));
  }

  @Override
  public Future<Buffer> export(String name) {
    return onThread(() -> known(name).compose(ledgers::export));
  }

  private Future<VariableValue> write(
      String name, Writing.Kind kind, Object expected, Object value, WriteOptions options) {
    Runnable hasRun = atOnce.behind(name);
    return metrics.written(
        () -> level(name, options == null ? null : options.consistency()),
        onThread(
            () -> {
              try {
                requireOptions(name, options);
                Writing writing = writing(name, kind, expected, value, options);
                return known(name).compose(info -> access.run(writing(info, writing)));
              } finally {
                hasRun.run();
              }
            }));
  }

  private Access.Operation writing(VariableInfo info, Writing writing) {
    Level level = levels.of(info, writing.options().consistency());
    return new Access.Operation(
        info.name(),
        "set",
        now -> level.takers(now, true),
        now -> accept(now, writing),
        millis -> Remote.write(writing.within(millis)),
        true,
        level.isRepeatable(writing),
        writing.options().deadline());
  }

  private Writing writing(
      String name, Writing.Kind kind, Object expected, Object value, WriteOptions options) {
    Object checked = Values.checked(name, value);
    Write write = new Write(checked, options.key(), options.epoch(), clock.now(), "");
    return new Writing(
        context.nodeId() + "/" + ++lastRequest,
        name,
        kind,
        Values.checked(name, expected),
        write,
        options,
        options.deadline().toMillis());
  }

  private static void requireOptions(String name, Object options) {
    if (options == null) {
      throw new MabeamException(
          ErrorCode.INVALID, "a call for '" + name + "' has no options", "give DEFAULT");
    }
  }

  @Override
  public List<VariableInfo> list() {
    return List.copyOf(context.definitions().definitions().values());
  }

  @Override
  public int count() {
    return context.definitions().definitions().size();
  }

  @Override
  public List<VariableInfo> first(int most) {
    return context.definitions().definitions().values().stream().limit(most).toList();
  }

  @Override
  public List<VariableInfo> after(String name, int most) {
    // The least that comes after a name is the name and one character more.
    return context.definitions().definitions().tailMap(name + "\0").values().stream()
        .limit(most)
        .toList();
  }

  /** Tells this that nodes have been admitted or are gone; on any thread. */
  public void membersChanged() {
    later(refill::lookAtAll);
  }

  /** Tells this that two sides of the map have met, or that it takes writes again; any thread. */
  public void merged() {
    later(mirror::changedAll);
  }

  /** Whether nothing is being passed on or filled, as far as this node knows; on its thread. */
  boolean isQuiet() {
    return changes.isEmpty() && atOnce.isQuiet() && sync.isQuiet() && causal.isQuiet();
  }

  private List<String> keys(Collection<String> names) {
    return names.stream()
        .flatMap(name -> context.definitions().definition(name).stream())
        .map(VariableInfo::key)
        .toList();
  }

  private static VersionVector seen(Replica replica) {
    return replica == null ? null : replica.state().seen();
  }

  /** Serves nobody any more; what the store has, it keeps. */
  public Future<Void> close() {
    if (closed) {
      return Future.succeededFuture();
    }
    return onThread(
        () -> {
          closed = true;
          atOnce.close();
          refill.close();
          keys.close();
          votes.close();
          mirror.close();
          watches.close();
          List<Future<Void>> ended =
              Stream.concat(
                      registrations.stream().map(Bus.Registration::close),
                      Stream.of(upkeep.close(), sync.close(), causal.close()))
                  .toList();
          return Future.join(ended).otherwiseEmpty().mapEmpty();
        });
  }

  /** The definition, waiting for this node's copy to catch up if it has none; else NOT_FOUND. */
  private Future<VariableInfo> known(String name) {
    VariableInfo there =
        Optional.ofNullable(name).flatMap(context.definitions()::definition).orElse(null);
    if (there != null) {
      return Future.succeededFuture(there);
    }
    Offered.requireName(name);
    return context
        .decisions()
        .barrier(KNOWN_WITHIN)
        .otherwiseEmpty()
        .compose(caughtUp -> onThread(() -> Future.succeededFuture(require(name))));
  }

  private VariableInfo require(String name) {
    return context.definitions().definition(name).orElseThrow(() -> Offered.noSuch(name));
  }

  private Future<JsonObject> serveGet(JsonObject message) {
    follow();
    Reading reading = Remote.toReading(message);
    Offered.requireName(reading.name());
    return Remote.wrap(
        attempt(
            () -> {
              VariableInfo info = here(reading.name());
              return levels.of(info, reading.options().consistency()).read(info, reading);
            }));
  }

  private Future<JsonObject> serveSet(JsonObject message) {
    follow();
    Writing writing = Remote.toWriting(message);
    Offered.requireName(writing.name());
    Values.checked(writing.name(), writing.write().value());
    if (writing.id() == null) {
      throw new MabeamException(ErrorCode.INVALID, "a write has no id");
    }
    return repeats.once(
        writing.id(), () -> Remote.wrap(attempt(() -> accept(here(writing.name()), writing))));
  }

  /** The definition, as somebody else knows it who asks. */
  private VariableInfo here(String name) {
    return context.definitions().definition(name).orElseThrow(() -> copies.notHere(name));
  }

  private Future<VariableValue> accept(VariableInfo info, Writing writing) {
    return attempt(() -> levels.of(info, writing.options().consistency()).write(info, writing))
        .onSuccess(done -> events.updated(info.name()));
  }

  /** What was written at once, and is there still. */
  private void heard(Replica replica) {
    replicas.written(replica, 0);
    events.updated(replica.name());
  }

  private void follow() {
    for (Collection<String> names = changes.poll(); names != null; names = changes.poll()) {
      for (String name : names) {
        replicas.follow(name);
        refill.look(name);
        upkeep.look(name);
        keys.look(name);
        noteLedger(name);
        noteMaster(name);
      }
    }
  }

  /** What is here of a ledger; null if nothing is. */
  Book ledger(String name) {
    return replicas.ledger(name);
  }

  private void noteLedger(String name) {
    VariableInfo info = context.definitions().definition(name).orElse(null);
    if (info != null && replicas.ledger(name) != null) {
      sync.rostered(info.key());
    }
  }

  private void noteMaster(String name) {
    VariableInfo info = context.definitions().definition(name).orElse(null);
    if (info == null || !info.master().equals(context.nodeId())) {
      if (masterAt.remove(name) != null) {
        mirror.changed(name);
      }
      return;
    }
    Long before = masterAt.put(name, info.epoch());
    boolean news = before == null || before != info.epoch();
    if (news && info.epoch() > 1) {
      mirror.takenOver(name);
    } else {
      mirror.changed(name);
    }
    if (news) {
      events.master(info);
    }
  }

  /** What the replicas here tell. */
  private final class News implements Replicas.Listener {
    @Override
    public void changed(String name) {
      mirror.changed(name);
      upkeep.look(name);
      Replica replica = watches.isWatched(name) ? replicas.serving(name) : null;
      if (replica != null) {
        watches.changed(name, copies.value(replica));
      }
    }

    @Override
    public void undecided(VariableInfo info, List<Sibling> before) {
      votes.look(info.name(), before);
    }

    /** The master tells of it; all count it. */
    @Override
    public void conflict(VariableInfo info, Sibling winner, int losers) {
      metrics.conflict(info.options().conflict().word());
      if (info.master().equals(context.nodeId())) {
        events.conflict(info, winner.dot(), losers);
      }
    }
  }

  private static <T> Future<T> attempt(Supplier<Future<T>> task) {
    try {
      return task.get();
    } catch (MabeamException refused) {
      return Future.failedFuture(refused);
    }
  }

  private void later(Runnable task) {
    if (!closed) {
      thread.execute(task);
    }
  }

  private <T> Future<T> onThread(Supplier<Future<T>> task) {
    if (closed) {
      return Future.failedFuture(
          new MabeamException(
              ErrorCode.UNAVAILABLE, "node " + context.nodeId() + " is stopping", "ask another"));
    }
    Promise<T> result = Promise.promise();
    thread.execute(
        () -> {
          try {
            follow();
            attempt(task).onComplete(result);
          } catch (RuntimeException defect) {
            // The thread logs it; whoever waits is not to wait for ever.
            result.tryFail(defect);
            throw defect;
          }
        });
    return result.future();
  }
}
