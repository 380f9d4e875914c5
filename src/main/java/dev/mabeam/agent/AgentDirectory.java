package dev.mabeam.agent;

import dev.mabeam.agent.Entry.State;
import dev.mabeam.consensus.Applying;
import dev.mabeam.consensus.StateMachine;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
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
 *       the id is in use, UNAVAILABLE if the node is no member, INVALID if the specification is.
 *   <li><em>started</em>, by its owner: ACTIVE. <em>failed</em>, by its owner: forgotten.
 *   <li><em>undeploy</em>: LEAVING, shown to nobody, until its owner has <em>stopped</em> it; only
 *       then is its id free. So no new activation begins while an old one could still answer.
 *   <li>When a node is <em>gone</em>, what was starting or leaving there is forgotten, and what
 *       was active is UNAVAILABLE, with no owner: its state was on that node alone.
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

    /** Everything may have changed. */
    void restored();

    /** A node is no member any more; what that changes was told before. */
    void gone(String nodeId);
  }

  private static final int MOST_FAILURES = 1_000;

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

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Buffer apply(Applying at, Buffer command) {
    List<Op> ops = Op.read(command);
    Transaction transaction = new Transaction(at, entries);
    JsonArray results = new JsonArray();
    for (Op op : ops) {
      results.add(transaction.result(op));
    }
    publish(transaction);
    return new JsonObject().put("v", 1).put("results", results).toBuffer();
  }

  @Override
  public void gone(Applying at, String nodeId) {
    Transaction transaction = new Transaction(at, entries);
    for (Entry entry : entries.values()) {
      if (entry.owner().equals(nodeId)) {
        transaction.gone(entry);
      }
    }
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
  }

  @Override
  public Supplier<Buffer> image() {
    TreePMap<String, Entry> now = entries;
    return () -> DirectoryImage.encode(now.values());
  }

  @Override
  public void restore(Buffer image) {
    entries = TreePMap.fromSortedMap(DirectoryImage.decode(image));
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

  /** What one command does: nothing of it is seen before all of it is. */
  private static final class Transaction {
    private final Applying at;
    private final List<Change> changes = new ArrayList<>();
    private TreePMap<String, Entry> entries;

    Transaction(Applying at, TreePMap<String, Entry> entries) {
      this.at = at;
      this.entries = entries;
    }

    JsonObject result(Op op) {
      try {
        return new JsonObject().put("epoch", apply(op));
      } catch (MabeamException refused) {
        return new JsonObject().put("error", refused.toJson());
      }
    }

    private long apply(Op op) {
      if (op instanceof Op.Deploy deploy) {
        return deploy(deploy);
      }
      Entry entry = entries.get(op.id());
      if (op instanceof Op.Undeploy) {
        return undeploy(op.id(), entry);
      }
      if (op instanceof Op.Started started) {
        return started(requireEpoch(entry, op, started.epoch()));
      }
      if (op instanceof Op.Failed failed) {
        return end(requireEpoch(entry, op, failed.epoch()), failed.why());
      }
      return end(requireEpoch(entry, op, ((Op.Stopped) op).epoch()), null);
    }

    private long deploy(Op.Deploy deploy) {
      AgentSpec spec = deploy.spec();
      SpecRules.require(spec);
      Entry there = entries.get(spec.id());
      if (there != null) {
        throw inUse(there);
      }
      if (deploy.node() == null || !at.members().contains(deploy.node())) {
        throw noMember(deploy);
      }
      put(null, Entry.starting(spec, deploy.node(), at.index()));
      return at.index();
    }

    private long undeploy(String id, Entry entry) {
      if (entry == null) {
        throw AgentErrors.notFound(id);
      }
      if (entry.state() == State.UNAVAILABLE) {
        return end(entry, null);
      }
      if (entry.state() != State.LEAVING) {
        put(entry, entry.in(State.LEAVING));
      }
      return entry.epoch();
    }

    private long started(Entry entry) {
      if (entry.state() == State.STARTING) {
        put(entry, entry.in(State.ACTIVE));
      }
      return entry.epoch();
    }

    private long end(Entry entry, MabeamException why) {
      entries = entries.minus(entry.id());
      changes.add(new Change(entry, null, why));
      return entry.epoch();
    }

    void gone(Entry entry) {
      if (entry.state() == State.ACTIVE) {
        put(entry, entry.abandoned());
      } else {
        end(entry, entry.state() == State.STARTING ? goneAtStart(entry) : null);
      }
    }

    private void put(Entry before, Entry after) {
      entries = entries.plus(after.id(), after);
      changes.add(new Change(before, after, null));
    }

    private static Entry requireEpoch(Entry entry, Op op, long epoch) {
      if (entry == null || entry.epoch() != epoch || entry.state() == State.UNAVAILABLE) {
        throw new MabeamException(
            ErrorCode.STALE_EPOCH,
            "agent '" + op.id() + "' has no activation of epoch " + epoch + " any more");
      }
      return entry;
    }

    private static MabeamException inUse(Entry there) {
      String hint =
          switch (there.state()) {
            case LEAVING -> "it is being undeployed; try again when it has stopped";
            case UNAVAILABLE -> "its node is gone; undeploy it first, or choose another id";
            case STARTING, ACTIVE -> "choose another id, or undeploy that one first";
          };
      return new MabeamException(
          ErrorCode.CONFLICT, "agent id '" + there.id() + "' is in use", hint);
    }

    private static MabeamException noMember(Op.Deploy deploy) {
      return new MabeamException(
          ErrorCode.UNAVAILABLE,
          "node " + deploy.node() + " is no member and cannot take agent '" + deploy.id() + "'",
          "try again: another node is chosen");
    }

    private static MabeamException goneAtStart(Entry entry) {
      return new MabeamException(
          ErrorCode.FAILED_TO_START_ON_TARGET,
          "node " + entry.owner() + " was gone before agent '" + entry.id() + "' had started",
          "it is not deployed; deploy it again");
    }
  }
}
