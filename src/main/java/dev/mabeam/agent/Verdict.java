package dev.mabeam.agent;

/**
 * What is to be done with a message that has come.
 *
 * @param answer what was answered before; null unless it is {@link Kind#ANSWERED}
 */
record Verdict(Kind kind, KeptAnswer answer) {
  enum Kind {
    /** The agent gets it now. */
    RUN,
    /** One before it has not come yet; it is kept until that one has, or is given up. */
    WAIT,
    /** The agent has it at this moment; this copy is kept, and gets the same answer. */
    DUPLICATE_RUNNING,
    /** The agent had it: this is the answer. */
    ANSWERED,
    /** Whether the agent had it is not known any more, or its sender has given it up. */
    EXPIRED,
    /** There is no room to remember it. */
    OVERLOADED
  }

  static final Verdict RUN = new Verdict(Kind.RUN, null);
  static final Verdict WAIT = new Verdict(Kind.WAIT, null);
  static final Verdict DUPLICATE_RUNNING = new Verdict(Kind.DUPLICATE_RUNNING, null);
  static final Verdict EXPIRED = new Verdict(Kind.EXPIRED, null);
  static final Verdict OVERLOADED = new Verdict(Kind.OVERLOADED, null);

  static Verdict answered(KeptAnswer answer) {
    return new Verdict(Kind.ANSWERED, answer);
  }
}
