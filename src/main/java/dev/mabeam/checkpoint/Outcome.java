package dev.mabeam.checkpoint;

import java.util.List;

/**
 * What a store said to something that it was asked of a key.
 *
 * @param epoch with STALE, the one that it has promised
 */
record Outcome(Kind kind, long epoch) {
  enum Kind {
    DONE,
    /** It has not what the update goes on from, and needs all of it. */
    LACKS,
    /** It knows a later set; the owner will hear of that, too. */
    OLD_SET,
    /** A later owner was there. */
    STALE;

    /** By their numbers on the wire. */
    static final List<Kind> ALL = List.of(values());
  }

  static final Outcome DONE = new Outcome(Kind.DONE, 0);
  static final Outcome LACKS = new Outcome(Kind.LACKS, 0);
  static final Outcome OLD_SET = new Outcome(Kind.OLD_SET, 0);

  static Outcome stale(long promised) {
    return new Outcome(Kind.STALE, promised);
  }

  boolean stale() {
    return kind == Kind.STALE;
  }

  boolean done() {
    return kind == Kind.DONE;
  }
}
