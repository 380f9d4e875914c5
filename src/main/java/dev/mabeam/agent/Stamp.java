package dev.mabeam.agent;

/**
 * Which message of whom this is: what makes a second copy of it known as one.
 *
 * <p>What was known when it was first sent tells what may have handled it, however long a copy is
 * under way or waits: no activation does that has ended by a decision which was known then.
 *
 * @param sender who sends, and counts: see {@link Senders}
 * @param sequence the how manieth message of that sender to that agent, from 1
 * @param floor of that sender's messages to that agent, all below this number are settled: it has
 *     their answers, or has given them up
 * @param ageMillis how long ago it was first sent to where it may have been handled; {@link
 *     #UNKNOWN} if the sender did not say
 * @param knew the highest epoch, of whatever agent, that the node which first sent it to where it
 *     may have been handled knew of then; {@link #UNKNOWN} if nobody says
 */
record Stamp(String sender, long sequence, long floor, long ageMillis, long knew) {
  static final long UNKNOWN = -1;

  /** Of a message of which nobody says what was known when it was first sent. */
  Stamp(String sender, long sequence, long floor, long ageMillis) {
    this(sender, sequence, floor, ageMillis, UNKNOWN);
  }

  /** A sender that is a node: it numbers what is sent from it by code that is no agent's own. */
  static String ofNode(String random) {
    return "n:" + random;
  }

  /**
   * A sender that is a durable agent; {@code born} tells it from a later one of its id, and {@code
   * lostAt} from itself before it lost what it had told, and its numbers; 0 if it never did.
   */
  static String ofAgent(String id, long born, long lostAt) {
    return "a:" + id + "@" + born + (lostAt == 0 ? "" : "." + lostAt);
  }

  /** A sender outside: the number comes from a client, which names its session. */
  static String ofSession(String session) {
    return "s:" + session;
  }

  /** Whether the sender comes back with the same numbers however long it was away. */
  static boolean isAgent(String sender) {
    return sender.startsWith("a:");
  }

  /** Whether whoever sent it may ask for the answer after its deadline, under the same number. */
  boolean isAskedForLater() {
    return sender.startsWith("s:");
  }

  /**
   * The same after it has waited for so long where it arrived: of a copy that is not the first, it
   * counts from when that was sent, not from when this one's turn is.
   */
  Stamp waited(long nanos) {
    return ageMillis > 0 ? older(nanos / 1_000_000) : this;
  }

  /** The same message, that much later. */
  Stamp older(long millis) {
    return ageMillis == UNKNOWN || millis <= 0
        ? this
        : new Stamp(sender, sequence, floor, ageMillis + millis, knew);
  }

  Stamp knowing(long epoch) {
    return epoch == knew ? this : new Stamp(sender, sequence, floor, ageMillis, epoch);
  }
}
