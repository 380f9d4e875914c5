package dev.mabeam.consensus;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.Member;
import dev.mabeam.link.Packer;
import dev.mabeam.link.Unpacker;
import io.vertx.core.buffer.Buffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.pcollections.TreePMap;

/**
 * This node's copy of everything decided: members, sessions, and the machines of the rooms above.
 * It is fed entries by their index, from the node's own log or from another's, takes each once and
 * in order, and is then equal to every other copy at that index.
 *
 * <p>Commands are numbered over all entries; that number is their {@link Applying#index}. Nothing
 * here but the calls that come in bears on what is applied: no clock, no randomness, no order of a
 * hash table.
 *
 * <p>An image says itself up to where it goes, so it may be newer than what it was asked for. An
 * exception that is no {@link MabeamException} stops the copy: what it would be after the command
 * is unknown, and to go on would make it another one than the others'.
 */
final class Replica {
  private static final System.Logger LOG = System.getLogger(Replica.class.getName());
  private static final int IMAGE_VERSION = 1;

  /** Who hears what was applied. */
  interface Listener {
    /** A command in a session was applied now, or had been before: a retry. */
    void outcome(long session, long request, Answer answer);

    /**
     * A command was refused, and neither was nor will be executed.
     *
     * @param sessionGone because its session is not open any more
     */
    void notExecuted(long session, long request, boolean sessionGone, MabeamException why);

    /** A command without a session was applied. */
    void outcome(long nonce, Answer answer);

    /** Everything up to that index is applied. */
    void applied(long index, Buffer entry);

    /** An image was taken over; the outcomes of what led to it were not heard. */
    void restored(long index);

    void membersChanged(MemberTable members);

    /** The copy is stopped. */
    void failed(Throwable cause);
  }

  private final Map<String, StateMachine> machines = new LinkedHashMap<>();
  private final Rules rules;
  private final Listener listener;
  private TreePMap<Long, Session> sessions = TreePMap.empty();
  private volatile MemberTable members = MemberTable.EMPTY;
  private volatile long ordinal;
  private long index;
  private Throwable failure;

  Replica(List<StateMachine> machines, Rules rules, Listener listener) {
    this.rules = rules;
    this.listener = listener;
    for (StateMachine machine : machines) {
      if (this.machines.put(machine.name(), machine) != null) {
        throw new IllegalArgumentException("two machines are called '" + machine.name() + "'");
      }
    }
  }

  /** The index of the last entry that is in this copy. */
  long index() {
    return index;
  }

  /** The number of the last command that is in this copy. Any thread. */
  long ordinal() {
    return ordinal;
  }

  /** Any thread. */
  MemberTable members() {
    return members;
  }

  SortedMap<Long, Session> sessions() {
    return sessions;
  }

  StateMachine machine(String name) {
    return machines.get(name);
  }

  boolean failed() {
    return failure != null;
  }

  /** Takes the entry if it is the next; whether it did. */
  boolean offer(long entryIndex, Buffer entry) {
    if (failure != null || rules.inOrder() && entryIndex != index + 1) {
      return false;
    }
    try {
      for (Command command : Entry.decode(entry)) {
        apply(command);
      }
    } catch (RuntimeException defect) {
      stop("entry " + entryIndex, defect);
      return false;
    }
    index = entryIndex;
    listener.applied(entryIndex, entry);
    return true;
  }

  private void stop(String where, Throwable defect) {
    failure = defect;
    LOG.log(
        System.Logger.Level.ERROR,
        "this node's copy of what is decided stops at " + where + ", after command " + ordinal,
        defect);
    listener.failed(defect);
  }

  private void apply(Command command) {
    ordinal++;
    if (command instanceof Command.Apply apply) {
      apply(apply);
    } else if (command instanceof Command.Open open) {
      listener.outcome(open.nonce(), opened(open));
    } else if (command instanceof Command.Close close) {
      sessions = sessions.minus(close.session());
    } else if (command instanceof Command.Expire expire) {
      Session session = sessions.get(expire.session());
      if (session != null && session.lastOrdinal() <= expire.ordinal()) {
        sessions = sessions.minus(expire.session());
      }
    } else if (command instanceof Command.OfMembers of) {
      listener.outcome(of.nonce(), ofMembers(of.body()));
    }
  }

  private void apply(Command.Apply command) {
    Session session = sessions.get(command.session());
    if (session == null) {
      String message = "session " + command.session() + " is not open";
      refuse(command, true, new MabeamException(ErrorCode.SESSION_EXPIRED, message));
      return;
    }
    if (rules.rememberAnswers()) {
      Answer remembered = session.answers().get(command.request());
      if (remembered != null) {
        listener.outcome(command.session(), command.request(), remembered);
        return;
      }
      if (command.request() < session.floor()) {
        String message = "its proposer had given this command up";
        refuse(command, false, new MabeamException(ErrorCode.SESSION_EXPIRED, message));
        return;
      }
      if (command.request() - session.floor() >= Session.MAX_OPEN) {
        String message = "too many commands of this session are open";
        refuse(command, false, new MabeamException(ErrorCode.OVERLOADED, message));
        return;
      }
    }
    Answer answer = executed(command);
    sessions = sessions.plus(command.session(), session.answered(command, answer, ordinal));
    listener.outcome(command.session(), command.request(), answer);
  }

  private void refuse(Command.Apply command, boolean sessionGone, MabeamException why) {
    listener.notExecuted(command.session(), command.request(), sessionGone, why);
  }

  private Answer executed(Command.Apply command) {
    StateMachine machine = machines.get(command.machine());
    if (machine == null) {
      throw new IllegalStateException("this version knows no '" + command.machine() + "'");
    }
    try {
      return Answer.of(machine.apply(new Applying(ordinal, members), command.body()));
    } catch (MabeamException refusal) {
      return Answer.of(refusal);
    }
  }

  private Answer opened(Command.Open command) {
    if (rules.fence() && !members.contains(command.node())) {
      return refused(ErrorCode.STALE_EPOCH, command.node() + " is no member");
    }
    sessions = sessions.plus(ordinal, Session.opened(command.node(), ordinal));
    return Answer.of(new Packer().number(ordinal).buffer());
  }

  private Answer ofMembers(Buffer body) {
    MemberTable.Change change;
    try {
      change = members.apply(body);
    } catch (MabeamException refusal) {
      return Answer.of(refusal);
    }
    boolean changed = change.table() != members;
    members = change.table();
    if (change.gone() != null) {
      gone(change.gone());
    }
    if (changed) {
      listener.membersChanged(members);
    }
    return Answer.of(change.answer());
  }

  /** From here on nothing that it proposed is executed, and nothing is its own. */
  private void gone(String nodeId) {
    if (rules.fence()) {
      TreePMap<Long, Session> kept = sessions;
      for (Map.Entry<Long, Session> session : sessions.entrySet()) {
        if (session.getValue().node().equals(nodeId)) {
          kept = kept.minus(session.getKey());
        }
      }
      sessions = kept;
    }
    Applying at = new Applying(ordinal, members);
    machines.values().forEach(machine -> machine.gone(at, nodeId));
  }

  private static Answer refused(ErrorCode code, String message) {
    return Answer.of(new MabeamException(code, message));
  }

  // ---- images ---------------------------------------------------------------------------------

  /** What this copy is now, to be encoded on any thread. */
  Supplier<Buffer> image() {
    long atIndex = index;
    long atOrdinal = ordinal;
    TreePMap<Long, Session> ofSessions = sessions;
    MemberTable ofMembers = members;
    Map<String, Supplier<Buffer>> ofMachines = new TreeMap<>();
    machines.forEach((name, machine) -> ofMachines.put(name, machine.image()));
    return () -> {
      Packer to = new Packer(Buffer.buffer(4096)).octet(IMAGE_VERSION);
      to.number(atIndex).number(atOrdinal).bytes(ofMembers.encode()).number(ofSessions.size());
      ofSessions.forEach(
          (number, session) -> {
            to.number(number);
            session.encode(to);
          });
      to.number(ofMachines.size());
      ofMachines.forEach((name, image) -> to.text(name).bytes(image.get()));
      return to.buffer();
    };
  }

  /** Takes over an image if it goes further than this copy; whether it did. */
  boolean restore(Buffer image) {
    if (failure != null) {
      return false;
    }
    try {
      Unpacker from = new Unpacker(image).version(IMAGE_VERSION, "an image");
      long atIndex = from.number();
      if (rules.inOrder() && atIndex <= index) {
        return false;
      }
      restore(atIndex, from);
    } catch (RuntimeException defect) {
      stop("an image", defect);
      return false;
    }
    listener.membersChanged(members);
    listener.restored(index);
    return true;
  }

  private void restore(long atIndex, Unpacker from) {
    long atOrdinal = from.number();
    MemberTable newMembers = MemberTable.decode(from.bytes());
    TreePMap<Long, Session> newSessions = TreePMap.empty();
    for (int left = from.count(); left > 0; left--) {
      long number = from.number();
      newSessions = newSessions.plus(number, Session.decode(from));
    }
    for (int left = from.count(); left > 0; left--) {
      String name = from.text();
      Buffer state = from.bytes();
      StateMachine machine = machines.get(name);
      if (machine == null) {
        throw new IllegalStateException("this version knows no '" + name + "'");
      }
      machine.restore(state);
    }
    index = atIndex;
    ordinal = atOrdinal;
    members = newMembers;
    sessions = newSessions;
  }

  /** The member of that name, for those who know endpoints. */
  String idOf(String name) {
    return members.named(name).map(Member::id).orElse(name);
  }
}
