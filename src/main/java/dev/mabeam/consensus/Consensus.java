package dev.mabeam.consensus;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.Member;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Consumer;

/**
 * A node's part in what its cluster decides, for one stay of it there: one incarnation.
 *
 * <h2>Lifecycle</h2>
 *
 * {@link #create}, then {@link #found} or {@link #follow} once, {@link #close} once. Whoever is
 * about to leave for good says so first ({@link #leave}); a node that only closes stays a member
 * until somebody expels it.
 *
 * <h2>Use</h2>
 *
 * Everything may be called on any thread. Futures complete on the caller's context if it has one;
 * listeners are called on the log's thread and may not hold it up.
 */
public final class Consensus {
  private Consensus() {}

  public static Consensus create(ConsensusOptions options, ConsensusContext context) {
    return new Consensus();
  }

  /**
   * Starts the log with this node as its only voter, and decides that {@code self} is a member.
   * Completes with it as it was admitted, in incarnation 1.
   */
  public Future<Member> found(Member self) {
    return notYet();
  }

  /**
   * Follows what is decided. This node was just {@linkplain #admit admitted} as {@code self}; it
   * may come to vote later. Completes once this node's copy has applied that admission.
   *
   * @param others members to ask; one that answers is enough
   */
  public Future<Void> follow(Member self, List<Member> others) {
    return notYet();
  }

  /**
   * Decides that {@code applicant}, whose own incarnation counts for nothing, is a member, and
   * completes with it as admitted: in an incarnation that nobody had before. The same boot id again
   * gets the same answer, while it is a member. If another member has the name: CONFLICT, or
   * UNAVAILABLE if it may be gone, or, if its process has certainly ended, it is expelled first.
   */
  public Future<Member> admit(Member applicant) {
    return notYet();
  }

  /** Decides that this member is one no more, by its own will. What is no member is fine. */
  public Future<Void> leave(String nodeId) {
    return notYet();
  }

  /**
   * Decides that this member is one no more. What is no member is fine. Whoever calls this has
   * waited until that member's lease has certainly run out, or its process has ended.
   */
  public Future<Void> expel(String nodeId, String reason) {
    return notYet();
  }

  public Decisions decisions() {
    throw new UnsupportedOperationException("not built yet");
  }

  /** As this node's copy has it now. */
  public Members members() {
    throw new UnsupportedOperationException("not built yet");
  }

  /** Hears the members after every change. */
  public void onMembers(Consumer<Members> listener) {}

  /** Hears once, with the reason, that this incarnation was expelled. */
  public void onExpelled(Consumer<String> listener) {}

  public Lease lease() {
    throw new UnsupportedOperationException("not built yet");
  }

  public ConsensusStatus status() {
    return ConsensusStatus.UNKNOWN;
  }

  /** As {@link Decisions#appliedIndex}. */
  public long appliedIndex() {
    return 0;
  }

  /** Stops taking part; commands under way fail. A second call does nothing. */
  public Future<Void> close() {
    return Future.succeededFuture();
  }

  private static <T> Future<T> notYet() {
    return Future.failedFuture(new MabeamException(ErrorCode.UNAVAILABLE, "not built yet"));
  }
}
