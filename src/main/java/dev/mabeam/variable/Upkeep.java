package dev.mabeam.variable;

import dev.mabeam.bus.Addresses;
import dev.mabeam.bus.Bus;
import dev.mabeam.time.Scheduler;
import dev.mabeam.variable.version.Sibling;
import dev.mabeam.variable.version.Siblings;
import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Takes away what nobody needs any more: variables that were deleted, and entries in version vectors
 * of stores that are gone. A variable's master does it, by decisions that name the life and the
 * replica set that they are about; whoever is master next goes on from what is decided.
 *
 * <pre>
 *   master                            another replica
 *   stand {keys} ───────────────────►            of many variables at once
 *        ◄──── {set, closing, deleted, seen, stores that live, writer} of each that counts there
 * </pre>
 *
 * <p><b>Forgetting.</b> A deletion is a dot with nothing alive, and has to stay until nothing older
 * can come from anywhere.
 *
 * <pre>
 *   DELETED ── every replica has seen the same, and nothing lives: close ──► CLOSING
 *   CLOSING ── every replica knows that it is closing, and still so: forget ──► (no definition)
 *   CLOSING ── the set changes; or something lives; or not all answer for a while: reopen ──► DELETED
 * </pre>
 *
 * <p>A replica that knows the closing takes no writes, so once all have answered that they do
 * nothing can be acknowledged that the decision would take away. Forgotten, the name is free. Made
 * again the variable has another <em>life</em>, the index of that decision: what stores that were
 * away have of an earlier one is not taken for it (see {@link VariableInfo#key}), and each drops
 * what it has when it learns that the life has ended. So a write that was acknowledged by one store
 * only, and never reached another before the variable was forgotten, ends with it.
 *
 * <p><b>Pruning.</b> Each store that ever wrote has an entry in the version vector. One whose store
 * is none of the replicas' any more, and was not for {@link dev.mabeam.variable.sync.Tuning#keep},
 * goes by decision when every replica of the set has seen the same of it and keeps no sibling of
 * it. All replicas then cut it out, each when it learns of the decision; until then the two, being
 * of different <em>eras</em>, do not speak to each other about it. A store that comes back from the
 * era before knows from the definition what was agreed to ({@link Siblings#pruned}): of its
 * siblings what the replicas had seen is gone, what they had not is a write of its own. One that
 * comes back from an earlier era is filled like one that never was there. Without the decision an
 * entry that is cut out at one replica and not at the other would make old writes new again.
 *
 * <p>If the master dies between two steps the next master finds the variable as it is decided. A
 * command that comes late, or twice, names a set, a life and an era that are gone, and does nothing.
 */
final class Upkeep {
  static final Duration PERIOD = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final int MOST = 500;
  /** How often not all may answer before a variable that is closing takes writes again. */
  private static final int TRIES = 5;

  private static final System.Logger LOG = System.getLogger(Upkeep.class.getName());

  private final VariableContext context;
  private final Replicas replicas;
  private final Duration keep;
  /** Those of which this node is master and that were deleted. */
  private final Set<String> deleted = new LinkedHashSet<>();
  /** Those of which it is master and that have entries of more stores than there are replicas. */
  private final Map<String, Wide> wide = new LinkedHashMap<>();
  private final Map<String, Integer> tries = new HashMap<>();
  private Bus.Registration registration = Future::succeededFuture;
  private Scheduler.Scheduled timer = () -> {};
  private boolean underWay;

  /** Since when which stores are known to be none of the replicas'. */
  private static final class Wide {
    private final Map<String, Long> departed = new HashMap<>();
    private long askedNanos;
    private boolean asked;
  }

  /** How one replica of one variable stands. */
  private record Standing(
      long set, boolean closing, boolean deleted, VersionVector seen, Set<String> living,
      String writer) {
    /** A write that took {@code info} for what is decided is in it. */
    static Standing of(VariableInfo info, Replica replica) {
      Siblings state;
      synchronized (replica) {
        state = replica.state();
      }
      Set<String> living = new HashSet<>();
      for (Sibling sibling : state.live()) {
        living.add(sibling.dot().store());
      }
      return new Standing(
          info.set(), info.closing(), state.isDeleted(), state.seen(), living, replica.writer());
    }

    JsonObject toJson() {
      return new JsonObject()
          .put("set", set)
          .put("closing", closing)
          .put("deleted", deleted)
          .put("seen", seen.toJson())
          .put("living", new JsonArray(List.copyOf(living)))
          .put("writer", writer);
    }

    static Standing fromJson(JsonObject json) {
      Set<String> living = new HashSet<>();
      json.getJsonArray("living").forEach(store -> living.add((String) store));
      return new Standing(
          json.getLong("set"),
          json.getBoolean("closing"),
          json.getBoolean("deleted"),
          VersionVector.fromJson(json.getJsonObject("seen")),
          living,
          json.getString("writer"));
    }
  }

  /** What is to be decided, by verb. */
  private static final class Steps {
    private final Map<String, List<VariableInfo>> byVerb = new LinkedHashMap<>();
    private final Map<String, VersionVector> gone = new HashMap<>();

    void add(String verb, VariableInfo info) {
      byVerb.computeIfAbsent(verb, key -> new ArrayList<>()).add(info);
    }
  }

  /**
   * @param keep how long a store has to have been none of the replicas' before its entries go
   */
  Upkeep(VariableContext context, Replicas replicas, Duration keep) {
    this.context = context;
    this.replicas = replicas;
    this.keep = keep;
  }

  Future<Void> start() {
    timer = context.scheduler().every(PERIOD, this::turn);
    return context
        .bus()
        .serve(Addresses.node(context.nodeId(), "variable", "stand"), this::stand)
        .onSuccess(done -> registration = done)
        .mapEmpty();
  }

  Future<Void> close() {
    timer.cancel();
    return registration.close();
  }

  /** Something is new at the replica here, or who is master. */
  void look(String name) {
    // Once, since it may be forgotten in the next moment.
    VariableInfo info = info(name);
    Replica replica = info == null ? null : mine(name);
    if (replica == null) {
      return;
    }
    if (replica.state().isDeleted() || info.closing()) {
      deleted.add(name);
    }
    // One entry is the first value's. What is causal tells of other variables' stores too.
    // What a ledger has follows from its blocks, which name whom they name.
    if (info.options().sync() != SyncStrategy.BLOCKCHAIN
        && info.options().consistency() != Consistency.CAUSAL
        && replica.state().seen().stores().size() > replica.others().size() + 2) {
      wide.computeIfAbsent(name, key -> new Wide());
    }
  }

  private VariableInfo info(String name) {
    return context.definitions().definition(name).orElse(null);
  }

  /** The replica here, if it counts and this node is the master of a variable that is kept up. */
  private Replica mine(String name) {
    VariableInfo info = info(name);
    Replica replica = replicas.serving(name);
    boolean mine =
        info != null
            && replica != null
            && info.master().equals(context.nodeId())
            && info.key().equals(replica.key())
            && !info.options().consistency().atLeast(Consistency.CAUSAL)
            && info.options().sync() != SyncStrategy.BLOCKCHAIN;
    return mine ? replica : null;
  }

  private void turn() {
    replicas.followKept();
    replicas.rest();
    if (underWay) {
      return;
    }
    deleted.removeIf(
        name -> mine(name) == null || !mine(name).state().isDeleted() && !info(name).closing());
    wide.keySet().removeIf(name -> mine(name) == null);
    tries.keySet().retainAll(deleted);
    List<VariableInfo> due = due();
    if (due.isEmpty()) {
      return;
    }
    underWay = true;
    ask(due)
        .compose(standings -> decide(steps(due, standings)))
        .onComplete(
            done -> context.scheduler().execute(() -> underWay = false),
            failure -> {
              LOG.log(Level.DEBUG, () -> "could not keep variables up: " + failure);
              context.scheduler().execute(() -> underWay = false);
            });
  }

  private List<VariableInfo> due() {
    long now = context.scheduler().nanos();
    Set<String> names = new LinkedHashSet<>();
    for (Iterator<String> next = deleted.iterator(); next.hasNext() && names.size() < MOST; ) {
      names.add(next.next());
    }
    for (Map.Entry<String, Wide> each : wide.entrySet()) {
      Wide one = each.getValue();
      if (names.size() < MOST && (!one.asked || now - one.askedNanos > keep.toNanos() / 8)) {
        one.asked = true;
        one.askedNanos = now;
        names.add(each.getKey());
      }
    }
    return names.stream().map(this::info).filter(Objects::nonNull).toList();
  }

  /** By node, then by key; of nodes that answer. */
  private Future<Map<String, Map<String, Standing>>> ask(List<VariableInfo> due) {
    Map<String, JsonArray> questions = new LinkedHashMap<>();
    for (VariableInfo info : due) {
      for (String replica : info.replicas()) {
        if (!replica.equals(context.nodeId())) {
          questions.computeIfAbsent(replica, key -> new JsonArray()).add(info.key());
        }
      }
    }
    Map<String, Map<String, Standing>> standings = new HashMap<>();
    List<Future<Void>> answers = new ArrayList<>();
    questions.forEach(
        (peer, keys) ->
            answers.add(
                context
                    .bus()
                    .request(
                        Addresses.node(peer, "variable", "stand"),
                        new JsonObject().put("v", 1).put("keys", keys),
                        PATIENCE)
                    .map(
                        answer -> {
                          standings.put(peer, Remote.read(() -> standings(answer)));
                          return (Void) null;
                        })
                    .otherwiseEmpty()));
    return Future.join(answers).map(all -> standings);
  }

  private static Map<String, Standing> standings(JsonObject answer) {
    Map<String, Standing> standings = new HashMap<>();
    answer
        .getJsonObject("standings")
        .forEach(
            each ->
                standings.put(each.getKey(), Standing.fromJson((JsonObject) each.getValue())));
    return standings;
  }

  /** The other side of {@link #ask}. */
  private Future<JsonObject> stand(JsonObject message) {
    JsonObject standings = new JsonObject();
    for (Object each : Remote.read(() -> message.getJsonArray("keys"))) {
      String key = String.valueOf(each);
      String name = key.substring(0, Math.max(0, key.indexOf('/')));
      VariableInfo info = info(name);
      Replica replica = replicas.serving(name);
      if (info != null
          && replica != null
          && info.key().equals(key)
          && replica.key().equals(key)) {
        standings.put(key, Standing.of(info, replica).toJson());
      }
    }
    return Future.succeededFuture(new JsonObject().put("standings", standings));
  }

  private Steps steps(List<VariableInfo> due, Map<String, Map<String, Standing>> standings) {
    Steps steps = new Steps();
    for (VariableInfo asked : due) {
      Replica replica = mine(asked.name());
      VariableInfo info = info(asked.name());
      if (replica == null
          || !asked.key().equals(info.key())
          || asked.set() != info.set()
          || asked.closing() != info.closing()) {
        continue;
      }
      List<Standing> all = new ArrayList<>(List.of(Standing.of(info, replica)));
      boolean complete = true;
      for (String peer : info.replicas()) {
        Standing standing =
            peer.equals(context.nodeId())
                ? all.get(0)
                : standings.getOrDefault(peer, Map.of()).get(info.key());
        if (standing == null || standing.set() != info.set()) {
          complete = false;
        } else if (standing != all.get(0)) {
          all.add(standing);
        }
      }
      if (deleted.contains(info.name())) {
        forget(info, all, complete, steps);
      } else if (complete) {
        prune(info, all, steps);
      }
    }
    return steps;
  }

  private void forget(VariableInfo info, List<Standing> all, boolean complete, Steps steps) {
    VersionVector seen = all.get(0).seen();
    boolean agreed =
        complete && all.stream().allMatch(one -> one.deleted() && one.seen().equals(seen));
    if (!info.closing()) {
      if (agreed) {
        steps.add("close", info);
      }
      return;
    }
    if (agreed && all.stream().allMatch(Standing::closing)) {
      steps.add("forget", info);
    } else if (!all.get(0).deleted() || tries.merge(info.name(), 1, Integer::sum) >= TRIES) {
      tries.remove(info.name());
      steps.add("reopen", info);
    }
  }

  private void prune(VariableInfo info, List<Standing> all, Steps steps) {
    Wide one = wide.get(info.name());
    if (one == null) {
      return;
    }
    long now = context.scheduler().nanos();
    Set<String> departed = new HashSet<>(all.get(0).seen().stores());
    departed.remove(Siblings.FIRST_STORE);
    all.forEach(standing -> departed.remove(standing.writer()));
    one.departed.keySet().retainAll(departed);
    departed.forEach(store -> one.departed.putIfAbsent(store, now));
    Set<String> ripe = new HashSet<>();
    one.departed.forEach(
        (store, since) -> {
          if (now - since >= keep.toNanos() && isSettled(store, all)) {
            ripe.add(store);
          }
        });
    if (!ripe.isEmpty()) {
      steps.add("prune", info);
      steps.gone.put(info.name(), all.get(0).seen().only(ripe));
    }
  }

  /** Whether all have seen the same of that store, and keep nothing of it. */
  private static boolean isSettled(String store, List<Standing> all) {
    long n = all.get(0).seen().of(store);
    return all.stream().allMatch(s -> s.seen().of(store) == n && !s.living().contains(store));
  }

  private Future<Void> decide(Steps steps) {
    List<Future<?>> decided = new ArrayList<>();
    steps.byVerb.forEach(
        (verb, infos) ->
            decided.add(
                context
                    .decisions()
                    .propose(VariableDefinitions.NAME, command(verb, infos, steps.gone))));
    return Future.join(decided).mapEmpty();
  }

  private static Buffer command(
      String verb, Collection<VariableInfo> infos, Map<String, VersionVector> gone) {
    return VariableDefinitions.keepUp(verb, infos, verb.equals("prune") ? gone : Map.of());
  }
}
