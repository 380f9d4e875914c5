package dev.mabeam.variable;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.HybridClock;
import dev.mabeam.time.Scheduler;
import dev.mabeam.variable.causal.CausalDomain;
import dev.mabeam.variable.conflict.Resolution;
import dev.mabeam.variable.consistency.Arrivals;
import dev.mabeam.variable.sync.Held;
import dev.mabeam.variable.sync.Keyed;
import dev.mabeam.variable.sync.Synchronizer;
import dev.mabeam.variable.version.Dot;
import dev.mabeam.variable.version.Sibling;
import dev.mabeam.variable.ledger.Block;
import dev.mabeam.variable.ledger.Book;
import dev.mabeam.variable.ledger.Chain;
import dev.mabeam.variable.version.Siblings;
import dev.mabeam.variable.version.VersionVector;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The store as the definitions have it: takes replicas when this node is in a set, and lets them go
 * when it is not.
 *
 * <pre>
 *                  in the first set
 *   (nothing) ───────────────────────────────► SERVING ◄──────────┐ filled, or nobody has anything
 *       │  ▲       in a later set                 │               │
 *       │  │                                      │ out of the set│
 *       │  └── a replica has it ── LEAVING ◄──────┴───────────────┤
 *       │                            │ in the set again           │
 *       └────────────────────────────┴──────────────────────► FILLING ◄── KEPT, in the set
 * </pre>
 *
 * <p>On the room's thread, but for {@link #serving}.
 */
final class Replicas implements Held, CausalDomain.Kept {
  private static final System.Logger LOG = System.getLogger(Replicas.class.getName());

  private static final int LATELY = 1_000;
  private static final int MOST_RESTING = 4_000;

  private final String self;
  private final ReplicaStore store;
  private final VariableDefinitions definitions;
  private final HybridClock clock;
  private final Scheduler scheduler;
  private final VariableMetrics metrics;
  private final Listener listener;
  private final Function<VariableOptions, Resolution> resolutions;
  /** What was asked for lately, since what is sent is sent to several. */
  private final Map<String, Kept> lately =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Kept> eldest) {
          return size() > LATELY;
        }
      };
  private final Set<String> kept = new HashSet<>();
  /** The chains of strong variables that this node countersigns. */
  private final Map<String, Book> decided = new HashMap<>();
  private Synchronizer sync;
  private CausalDomain causal;
  private Arrivals arrivals;

  /** Hears what becomes of the replicas here. */
  interface Listener {
    /** One that counts has something new. */
    void changed(String name);

    /**
     * Writes that have not seen each other are here, and the replicas are to vote.
     *
     * @param before what was here before the last of them
     */
    void undecided(VariableInfo info, List<Sibling> before);

    /** Writes that have not seen each other met here, and one of them stands. */
    void conflict(VariableInfo info, Sibling winner, int losers);
  }

  Replicas(
      VariableContext context,
      HybridClock clock,
      VariableMetrics metrics,
      Function<VariableOptions, Resolution> resolutions,
      Listener listener) {
    this.self = context.nodeId();
    this.store = context.store();
    this.definitions = context.definitions();
    this.scheduler = context.scheduler();
    this.clock = clock;
    this.metrics = metrics;
    this.resolutions = resolutions;
    this.listener = listener;
  }

  /** Takes over from an earlier stay, then from the definitions. */
  void start(Synchronizer synchronizer, CausalDomain domain, Arrivals waiting) {
    sync = synchronizer;
    causal = domain;
    arrivals = waiting;
    for (Replica replica : store.all()) {
      replica.become(Replica.Role.KEPT);
      // The stay before may have ended before it heard of a write.
      replica.hear();
      kept.add(replica.name());
    }
    store.all().forEach(replica -> follow(replica.name()));
    definitions.definitions().keySet().forEach(this::follow);
  }

  /** Does what the definition of {@code name} asks for now. */
  void follow(String name) {
    VariableInfo info = definitions.definition(name).orElse(null);
    Replica replica = store.get(name);
    if (replica != null && info != null) {
      settle(replica, info);
    }
    if (info != null && info.options().consistency() == Consistency.STRONG) {
      // What is strong is in the log, and every node follows that.
      if (info.options().sync() == SyncStrategy.BLOCKCHAIN && info.replicas().contains(self)) {
        followDecided(info);
      }
      return;
    }
    if (replica != null && !isOf(replica, info)) {
      replica = store.get(name);
    }
    if (info == null || replica != null && replica.life() > info.life()) {
      // This node's copy has yet to hear of that life.
      return;
    }
    if (replica != null && replica.book() != null) {
      replica.book().know(definitions.ledger(name).decoded());
    }
    if (!info.replicas().contains(self)) {
      if (replica != null) {
        leave(replica, info);
      }
      return;
    }
    if (replica == null) {
      take(info);
    } else if (replica.role() == Replica.Role.KEPT || replica.role() == Replica.Role.LEAVING) {
      place(replica, info);
      replica.become(Replica.Role.FILLING);
      sync.fill(replica.key());
    } else if (replica.set() != info.set()) {
      move(replica, info);
    }
  }

  /**
   * Whether what is here is of the variable's life and era; else what can be brought up now is, and
   * the rest is gone.
   */
  private boolean isOf(Replica replica, VariableInfo info) {
    if (definitions.isForgotten(replica.name(), replica.life())) {
      forget(replica);
      return false;
    }
    if (info == null || replica.life() != info.life() || replica.era() >= info.era()) {
      return true;
    }
    if (replica.era() + 1 < info.era()) {
      forget(replica);
      return false;
    }
    prune(replica, info);
    return false;
  }

  private void forget(Replica replica) {
    store.drop(replica.name());
    sync.gone(replica.key());
    causal.left(replica.key());
    arrivals.changed(replica.name());
  }

  private void prune(Replica replica, VariableInfo info) {
    sync.gone(replica.key());
    if (replica.role() != Replica.Role.SERVING) {
      // What it wrote may be among what was pruned: it goes on as another store.
      Replica again = store.again(replica, info.pruned());
      again.become(Replica.Role.KEPT);
      return;
    }
    Replica pruned;
    boolean unseen;
    synchronized (replica) {
      pruned = store.prune(replica, info.pruned());
      unseen = !replica.state().seen().containsAll(pruned.state().seen());
    }
    sync.counts(pruned.key(), unseen);
  }

  /** Packs some of what nobody has looked at for a while. */
  void rest() {
    store.rest(MOST_RESTING);
  }

  /** Looks again at what was kept of an earlier stay and has not been decided about. */
  void followKept() {
    for (String name : List.copyOf(kept)) {
      Replica replica = store.get(name);
      if (replica != null && replica.role() == Replica.Role.KEPT) {
        follow(name);
      } else {
        kept.remove(name);
      }
    }
  }

  private void take(VariableInfo info) {
    Replica replica = taken(info);
    place(replica, info);
    if (info.set() == 1 && isCausal(info)) {
      replica.become(Replica.Role.FILLING);
      replica.receive(firstOf(info), resolution(info));
      causal.filled(replica.key());
    } else if (info.set() == 1 && info.era() == 0) {
      replica.put(firstOf(info), resolution(info));
      replica.become(Replica.Role.SERVING);
      sync.counts(replica.key(), false);
      listener.changed(info.name());
    } else {
      replica.become(Replica.Role.FILLING);
      sync.fill(replica.key());
    }
  }

  private Replica taken(VariableInfo info) {
    if (info.options().sync() != SyncStrategy.BLOCKCHAIN) {
      return store.take(info.name(), info.life(), info.era());
    }
    Object first = resolution(info).first(info.options().value());
    Chain chain = Chain.of(info.name(), info.life(), first);
    Replica replica = store.take(info.name(), info.life(), info.era(), chain);
    replica.book().know(definitions.ledger(info.name()).decoded());
    return replica;
  }

  private void move(Replica replica, VariableInfo info) {
    List<String> arrived = new ArrayList<>(info.replicas());
    arrived.removeAll(replica.others());
    arrived.remove(self);
    boolean before = replica.master();
    place(replica, info);
    if (replica.role() == Replica.Role.FILLING) {
      sync.fill(replica.key());
    } else {
      sync.moved(replica.key(), arrived);
      if (replica.master() && !before) {
        sync.mastered(replica.key());
      }
      listener.changed(info.name());
    }
  }

  private void leave(Replica replica, VariableInfo info) {
    place(replica, info);
    causal.left(replica.key());
    if (replica.state().equals(Siblings.NONE)) {
      forget(replica);
    } else {
      replica.become(Replica.Role.LEAVING);
      sync.handOver(replica.key(), () -> drop(replica));
    }
  }

  private void drop(Replica replica) {
    if (replica.role() == Replica.Role.LEAVING && store.get(replica.name()) == replica) {
      store.drop(replica.name());
    }
  }

  private void place(Replica replica, VariableInfo info) {
    List<String> others = info.replicas().stream().filter(id -> !id.equals(self)).toList();
    replica.place(Alike.of(others), info.set(), info.master().equals(self));
  }

  /** No other replica has anything of it: it counts with what is here. */
  void nothingElsewhere(String key) {
    Replica replica = at(key);
    if (replica != null && replica.role() == Replica.Role.FILLING) {
      definitions
          .definition(replica.name())
          .ifPresent(
              info -> {
                take(replica, info, replica.state().join(firstOf(info)));
                fill(replica, info, true);
              });
    }
  }

  private static boolean isCausal(VariableInfo info) {
    return info.options().consistency() == Consistency.CAUSAL;
  }

  /** What is causal is shown when what it depends on is. */
  private void take(Replica replica, VariableInfo info, Siblings state) {
    if (isCausal(info)) {
      replica.receive(state, resolution(info));
    } else {
      replica.put(state, resolution(info));
    }
  }

  /** It has what one that counts has, or all that there is. */
  private void fill(Replica replica, VariableInfo info, boolean unseen) {
    if (isCausal(info)) {
      causal.filled(replica.key());
    } else {
      serve(replica, unseen);
    }
  }

  @Override
  public Siblings received(String key) {
    Replica replica = at(key);
    return replica == null ? null : replica.state();
  }

  @Override
  public void show(String key, Siblings state) {
    Replica replica = at(key);
    List<Sibling> before = replica.view().shown().live();
    replica.show(state);
    definitions
        .definition(replica.name())
        .ifPresent(
            info -> {
              settle(replica, info);
              noteConflict(replica, info, before);
            });
    if (replica.role() == Replica.Role.FILLING) {
      serve(replica, replica.set() > 1);
    } else {
      listener.changed(replica.name());
    }
  }

  @Override
  public void fetch(Collection<String> keys) {
    sync.fetch(keys);
  }

  private void serve(Replica replica, boolean unseen) {
    replica.become(Replica.Role.SERVING);
    sync.counts(replica.key(), unseen);
    if (replica.master()) {
      sync.mastered(replica.key());
    }
    listener.changed(replica.name());
    arrivals.changed(replica.name());
    definitions
        .definition(replica.name())
        .filter(info -> info.options().conflict() == ConflictResolution.CONSENSUS)
        .ifPresent(info -> noteConflict(replica, info, List.of()));
  }

  /** The replica of {@code name} if it is here, counts and can answer, else null. Any thread. */
  Replica serving(String name) {
    Replica replica = store.get(name);
    if (replica == null) {
      return null;
    }
    return replica.isReadable() ? replica : null;
  }

  /** UNAVAILABLE if nobody knows yet with which key this node signs it. */
  void requireKey(Replica replica) {
    if (replica.book() != null && !replica.book().mayWrite()) {
      throw new MabeamException(
          ErrorCode.UNAVAILABLE,
          "the key with which node " + self + " signs '" + replica.name() + "' is not known yet",
          "it is being told; ask another node, or try again");
    }
  }

  private void append(Replica replica, String writer) {
    if (replica.book() != null) {
      replica.book().write(replica.state(), writer, clock.now());
    }
  }

  /** Passes on what was just written here. */
  void written(Replica replica, int fanout) {
    append(replica, replica.writer());
    tell(replica, fanout);
    arrivals.changed(replica.name());
  }

  /** The same, of a causal variable. */
  void writtenCausally(Replica replica, int fanout) {
    append(replica, store.causal().store());
    tell(replica, fanout);
  }

  private void tell(Replica replica, int fanout) {
    sync.written(replica.key(), fanout);
    listener.changed(replica.name());
  }

  @Override
  public Kept kept(String key) {
    Replica replica = at(key);
    if (replica == null) {
      return null;
    }
    boolean counts = replica.role() == Replica.Role.SERVING;
    Book book = replica.book();
    // Of a ledger the others get what is in blocks.
    Siblings state = book == null ? replica.state() : book.chain().state();
    Kept before = lately.get(key);
    if (before != null && before.state() == state && before.counts() == counts) {
      return before;
    }
    Kept now = new Kept(state, counts, book);
    lately.put(key, now);
    return now;
  }

  @Override
  public Keyed keyed(String key) {
    return at(key);
  }

  @Override
  public List<String> others(String key) {
    Replica replica = at(key);
    if (replica == null && book(key) != null) {
      return definitions.definition(name(key)).map(VariableInfo::replicas).orElse(List.of()).stream()
          .filter(id -> !id.equals(self))
          .toList();
    }
    return replica == null ? List.of() : replica.others();
  }

  @Override
  public Book book(String key) {
    Replica replica = at(key);
    if (replica != null) {
      return replica.book();
    }
    Book book = decided.get(name(key));
    return book != null && key.equals(VariableInfo.key(name(key), book.chain().life(), 0))
        ? book
        : null;
  }

  /** What is here of a ledger that counts, or comes from the log; else null. */
  Book ledger(String name) {
    Replica replica = store.get(name);
    return replica != null && replica.book() != null ? replica.book() : decided.get(name);
  }

  @Override
  public boolean certifies(String key) {
    boolean counts = at(key) == null || at(key).role() == Replica.Role.SERVING;
    return book(key) != null && counts && self.equals(master(key));
  }

  /** Brings the chain of a strong variable up to what the log has decided. */
  private void followDecided(VariableInfo info) {
    Book book = decided.get(info.name());
    if (book == null || book.chain().life() != info.life()) {
      book = new Book(DecidedBlocks.begin(info), store.key(), true);
      decided.put(info.name(), book);
    }
    book.know(definitions.ledger(info.name()).decoded());
    List<Block> blocks = definitions.decided().of(info.name());
    for (int next = book.chain().size() - 1; next < blocks.size(); next++) {
      book.chain().add(blocks.get(next));
    }
  }

  @Override
  public SyncStrategy strategy(String key) {
    return definitions
        .definition(name(key))
        .map(info -> info.options().sync())
        .orElse(SyncStrategy.GOSSIP);
  }

  @Override
  public String master(String key) {
    return definitions.definition(name(key)).map(VariableInfo::master).orElse("");
  }

  @Override
  public boolean awaits(String key) {
    Replica replica = at(key);
    return replica != null && replica.role() == Replica.Role.FILLING;
  }

  @Override
  public Joined join(String key, Siblings state, boolean counts) {
    Replica replica = at(key);
    VariableInfo info =
        replica == null ? null : definitions.definition(replica.name()).orElse(null);
    if (info == null || !info.key().equals(key) || replica.role() == Replica.Role.LEAVING) {
      return Joined.ABSENT;
    }
    List<Sibling> before;
    boolean news;
    synchronized (replica) {
      before = replica.view().shown().live();
      news = !replica.state().seen().containsAll(state.seen());
      if (news) {
        take(replica, info, replica.state().join(state));
      }
    }
    if (news) {
      observe(state);
      settle(replica, info);
      noteConflict(replica, info, before);
      causal.received(replica.key());
      arrivals.changed(replica.name());
    }
    if (counts && replica.role() == Replica.Role.FILLING) {
      fill(replica, info, !state.seen().containsAll(replica.state().seen()));
    } else if (news && replica.role() == Replica.Role.SERVING) {
      listener.changed(replica.name());
    }
    return news ? Joined.NEWS : Joined.KNOWN;
  }

  /**
   * Lets go of what was voted not to stand, as long as something is left that may: what it lost to
   * may not have come yet. Every replica does so when it has both, so all are equal in the end.
   */
  private void settle(Replica replica, VariableInfo info) {
    if (info.options().conflict() != ConflictResolution.CONSENSUS
        || replica.state().live().size() < 2) {
      return;
    }
    Set<Dot> rejected = definitions.ballots().rejected(info.name());
    if (letGo(replica, rejected) && replica.role() == Replica.Role.SERVING) {
      listener.changed(info.name());
    }
  }

  private static boolean letGo(Replica replica, Set<Dot> rejected) {
    synchronized (replica) {
      Siblings settled = replica.state().without(rejected);
      boolean fewer = settled.live().size() < replica.state().live().size();
      if (!fewer || settled.live().isEmpty()) {
        return false;
      }
      Siblings shown = replica.view().shown().without(rejected);
      replica.settle(settled, shown.live().isEmpty() ? replica.view().shown() : shown);
      return true;
    }
  }

  /** The replica here of that key: of another life or era there is none. */
  private Replica at(String key) {
    Replica replica = store.get(name(key));
    return replica != null && replica.isKey(key) ? replica : null;
  }

  private static String name(String key) {
    return key.substring(0, Math.max(0, key.indexOf('/')));
  }

  private void noteConflict(Replica replica, VariableInfo info, List<Sibling> before) {
    List<Sibling> live = replica.view().shown().live();
    boolean voting = info.options().conflict() == ConflictResolution.CONSENSUS;
    if (voting && live.size() > 1 && replica.role() == Replica.Role.SERVING) {
      listener.undecided(info, before);
    }
    if (live.size() > 1 && replica.role() == Replica.Role.SERVING) {
      resolution(info)
          .winner(live)
          .ifPresent(winner -> listener.conflict(info, winner, live.size() - 1));
    }
  }

  private void observe(Siblings state) {
    long newest = 0;
    for (Sibling sibling : state.live()) {
      newest = Math.max(newest, sibling.stamp().millis());
      if (!clock.observe(sibling.stamp())) {
        metrics.ahead();
        LOG.log(Level.DEBUG, () -> "the clock of store " + sibling.dot().store() + " is ahead");
      }
    }
    if (newest > 0) {
      metrics.lag(scheduler.wallMillis() - newest);
    }
  }

  private Siblings firstOf(VariableInfo info) {
    return Siblings.first(resolution(info).first(info.options().value()));
  }

  Resolution resolution(VariableInfo info) {
    return resolutions.apply(info.options());
  }
}
