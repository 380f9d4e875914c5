package dev.mabeam.agent;

import dev.mabeam.consensus.Applying;
import dev.mabeam.consensus.StateMachine;
import dev.mabeam.error.MabeamException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.pcollections.TreePMap;

/**
 * Which agents there are, and which node owns each at which epoch: decided.
 *
 * <p>A command is a list of {@link Op}s, answered with {@code {"v":1,"results":[…]}}: per op {@code
 * {"epoch":n}}, or {@code {"error":{…}}} when it was refused and changed nothing.
 *
 * <ul>
 *   <li><em>deploy</em> makes a STARTING agent whose epoch is the index of the command. CONFLICT if
 *       the id is in use, UNAVAILABLE if the node is no member or none of the stores is one's,
 *       INVALID if the specification is.
 *   <li><em>started</em>, by its owner: ACTIVE. <em>failed</em>, by its owner: forgotten if it never
 *       was active, else UNAVAILABLE, with no owner.
 *   <li><em>undeploy</em>: LEAVING, shown to nobody, until its owner has <em>stopped</em> it; only
 *       then is its id free. So no new activation begins while an old one could still answer.
 *   <li><em>flip</em>: an ACTIVE agent is another node's, at a new epoch. <em>recover</em>: the same
 *       of one without owner. Both leave its set joint with the one before, which has everything.
 *   <li><em>drop</em>, <em>set</em>, <em>filled</em>, by its owner: other stores have its
 *       checkpoints. The last store that has everything is never dropped.
 *   <li><em>lost</em>: why it does not run; it has no owner then.
 *   <li><em>cordon</em>: a node that gets no agents, by whichever way, until <em>uncordon</em>.
 *   <li>When a node is <em>gone</em>, what was starting or leaving there is forgotten, and what was
 *       active is UNAVAILABLE, with no owner. Its store is in no set any more, but where it was the
 *       last that had everything: it may come back, with its directory.
 * </ul>
 *
 * <p>An owner names the epoch that it speaks for; if that is not the agent's any more, STALE_EPOCH.
 * Epochs are indexes of one log, so they only grow, also from one agent to the next of its id.
 *
 * <p>The entries may be read on any thread.
 */
public final class AgentDirectory implements StateMachine {
  public static final String NAME = "agents";

  /** Hears of changes after they are published, on the thread of the log. */
  interface Listener {
    void changed(List<Change> changes);

    /** Other nodes than before get agents. */
    default void cordoned() {}

    /** Everything may have changed. */
    void restored();

    /** A node is no member any more; what that changes was told before. */
    void gone(String nodeId);
  }

  private static final int MOST_FAILURES = 1_000;

  private final AgentRules rules;
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  /** Why the latest activations could not be started; not part of what is decided. */
  private final Map<String, Failure> failures =
      Collections.synchronizedMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Failure> eldest) {
              return size() > MOST_FAILURES;
            }
          });
  private volatile TreePMap<String, Entry> entries = TreePMap.empty();
  private volatile TreePMap<String, Boolean> cordoned = TreePMap.empty();

  public AgentDirectory() {
    this(AgentRules.ALL);
  }

  AgentDirectory(AgentRules rules) {
    this.rules = rules;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Buffer apply(Applying at, Buffer command) {
    List<Op> ops = Op.read(command);
    Transaction transaction = new Transaction(at, rules, entries, cordoned);
    JsonArray results = new JsonArray();
    for (Op op : ops) {
      results.add(transaction.result(op));
    }
    publish(transaction);
    return new JsonObject().put("v", 1).put("results", results).toBuffer();
  }

  @Override
  public void gone(Applying at, String nodeId) {
    Transaction transaction = new Transaction(at, rules, entries, cordoned);
    transaction.gone(nodeId);
    publish(transaction);
    listeners.forEach(listener -> listener.gone(nodeId));
  }

  private void publish(Transaction transaction) {
    if (!transaction.changes.isEmpty()) {
      transaction.changes.stream()
          .filter(change -> change.why() != null)
          .forEach(this::remember);
      entries = transaction.entries;
      List<Change> changes = List.copyOf(transaction.changes);
      listeners.forEach(listener -> listener.changed(changes));
    }
    if (transaction.cordoned != cordoned) {
      cordoned = transaction.cordoned;
      listeners.forEach(Listener::cordoned);
    }
  }

  @Override
  public Supplier<Buffer> image() {
    TreePMap<String, Entry> now = entries;
    TreePMap<String, Boolean> closed = cordoned;
    return () -> DirectoryImage.encode(now.values(), closed);
  }

  @Override
  public void restore(Buffer image) {
    DirectoryImage read = DirectoryImage.decode(image);
    entries = TreePMap.fromSortedMap(read.entries());
    cordoned = TreePMap.fromSortedMap(read.cordoned());
    listeners.forEach(Listener::restored);
  }

  /** By id, those that are leaving too. */
  TreePMap<String, Entry> entries() {
    return entries;
  }

  /** The agent of that id; null if there is none. */
  Entry entry(String id) {
    return entries.get(id);
  }

  /** The nodes that get no agents, and whether each is being drained. */
  TreePMap<String, Boolean> cordoned() {
    return cordoned;
  }

  private void remember(Change change) {
    failures.put(change.id(), new Failure(change.before().epoch(), change.why()));
  }

  void forget(Listener listener) {
    listeners.remove(listener);
  }

  /** Why that activation could not be started, if it is one of the latest. */
  Optional<MabeamException> failure(String id, long epoch) {
    return Optional.ofNullable(failures.get(id))
        .filter(failure -> failure.epoch() == epoch)
        .map(Failure::why);
  }

  private record Failure(long epoch, MabeamException why) {}

  /** Who comes late reads {@link #entries} after this. */
  void onChange(Listener listener) {
    listeners.add(listener);
  }
}
