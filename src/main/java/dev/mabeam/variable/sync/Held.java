package dev.mabeam.variable.sync;

import dev.mabeam.variable.SyncStrategy;
import dev.mabeam.variable.ledger.Book;
import dev.mabeam.variable.version.Siblings;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** What this node keeps, as synchronization sees it. All on the room's thread. */
public interface Held {
  /** What became of a state that another node sent. */
  enum Joined {
    /** There was something new in it. */
    NEWS,
    /** All of it was here. */
    KNOWN,
    /** This node does not keep that variable. */
    ABSENT
  }

  /** What this node has of one variable; encoded once, when it is first sent. */
  final class Kept {
    private final Siblings state;
    private final boolean counts;
    private final Book book;
    private JsonObject json;
    private int bytes;

    /**
     * @param counts whether it is a replica that was filled; what does not count is still data
     */
    public Kept(Siblings state, boolean counts) {
      this(state, counts, null);
    }

    /**
     * @param book of a ledger, whose newest blocks travel in place of what they make; else null
     */
    public Kept(Siblings state, boolean counts, Book book) {
      this.state = state;
      this.counts = counts;
      this.book = book;
    }

    public Siblings state() {
      return state;
    }

    public boolean counts() {
      return counts;
    }

    /** The state as it travels; nobody changes it. */
    JsonObject json() {
      if (json == null) {
        json = book == null ? state.toJson() : Blocks.of(state, book.chain());
        bytes = json.toBuffer().length();
      }
      return json;
    }

    /** The length of {@link #json}, encoded. */
    public int bytes() {
      json();
      return bytes;
    }
  }

  /** Null if this node has nothing of it. */
  Kept kept(String name);

  /** What stands here for that name; null if this node has nothing of it. */
  Keyed keyed(String name);

  /** Whether it is a replica here that waits to be filled. */
  boolean awaits(String name);

  /**
   * Takes over what another node has.
   *
   * @param counts whether it counts there: that fills this replica, if it was not
   */
  Joined join(String name, Siblings state, boolean counts);

  /** The other nodes that keep it, by decision. */
  List<String> others(String name);

  /** What is here of a ledger; null if it is none. */
  default Book book(String name) {
    return null;
  }

  /** Whether this node has blocks of that ledger countersigned. */
  default boolean certifies(String name) {
    return false;
  }

  /** How it is passed on, by decision. */
  SyncStrategy strategy(String name);

  /** The id of the node that is its master, by decision; empty if there is no such variable. */
  String master(String name);
}
