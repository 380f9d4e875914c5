package dev.mabeam.consensus;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The replicated log as one voter or candidate keeps it. What lies behind it is the consensus
 * engine; nothing else in the project knows which one. Everything is called, and calls back, on the
 * log's thread.
 */
interface Log {
  /** Takes part from now on. */
  Future<Void> start();

  /**
   * Appends {@code entry}, which is not empty, if this is the leader; completes with its index once
   * it is committed, after {@link Follower#committed}.
   * Fails with {@link NotLeader} or OVERLOADED if it was certainly not appended, TIMEOUT if it is
   * unknown whether it will be committed.
   */
  Future<Long> append(Buffer entry);

  /**
   * An index at or above everything committed before the call, confirmed by a majority. Fails with
   * {@link NotLeader}, or INSUFFICIENT_CONSENSUS.
   */
  Future<Long> readIndex();

  /**
   * Adds a learner, makes a learner a voter, or removes an endpoint other than this one; one at a
   * time. Completes with the index of the new configuration. Fails with {@link NotLeader},
   * OVERLOADED or CONFLICT if it was certainly not appended, TIMEOUT if that is unknown.
   *
   * @param configuration the index of the configuration that the change is meant for
   */
  Future<Long> change(Endpoint endpoint, Change change, long configuration);

  /** Has {@code endpoint} become the leader; completes when it is known to be. */
  Future<Void> transferTo(Endpoint endpoint);

  /** Whose log this is. */
  Endpoint self();

  LogStatus status();

  /** A message of another endpoint's log, which came over the link. */
  void receive(Buffer message);

  /** Stops taking part; what is stored stays. */
  Future<Void> close();

  /** What may become of an endpoint. */
  enum Change {
    ADD_LEARNER,
    PROMOTE,
    REMOVE
  }

  enum Role {
    LEADER,
    FOLLOWER,
    CANDIDATE,
    LEARNER,
    /** Takes no part any more: closed, removed from the group, or its store has failed. */
    CLOSED
  }

  /**
   * How a log stands, as its own endpoint knows it.
   *
   * @param leader null if none is known
   * @param voters of the last committed configuration
   * @param configuration that configuration's index
   * @param matched on the leader, up to where each other endpoint is known to hold the log
   */
  record LogStatus(
      Role role,
      int term,
      Endpoint leader,
      List<Endpoint> voters,
      List<Endpoint> learners,
      long configuration,
      long committed,
      Map<Endpoint, Long> matched) {}

  /** Who is fed by the log. */
  interface Follower {
    /**
     * The entry at {@code index} is committed. Every index comes once and in order, after {@link
     * #restore} from the image's on; an empty entry belongs to the log itself and says nothing.
     */
    void committed(long index, Buffer entry);

    /** An image of what the entries up to {@code index} came to; encoded on another thread. */
    Supplier<Buffer> image(long index);

    /** Takes over an image instead of the entries up to {@code index}. */
    void restore(long index, Buffer image);

    /** Leader, voters or role have changed. */
    void changed(LogStatus status);
  }

  /** Not appended: another endpoint leads, or none. */
  final class NotLeader extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Endpoint leader;

    NotLeader(Endpoint leader) {
      super("not the leader" + (leader == null ? "" : ", which is on " + leader.node()), null, false, false);
      this.leader = leader;
    }

    /** Null if none is known. */
    Endpoint leader() {
      return leader;
    }
  }
}
