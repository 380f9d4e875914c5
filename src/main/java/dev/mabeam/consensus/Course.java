package dev.mabeam.consensus;

/**
 * How far this node's copy of the decisions has come, for those who must not run ahead of it. On the
 * log's thread.
 */
interface Course {
  /** What the copy says of a node id. */
  enum Fate {
    MEMBER,
    /** It was one, and left or was expelled; that incarnation is never one again. */
    GONE,
    /** It was not admitted yet, as far as the copy has come. */
    UNKNOWN
  }

  /** This node's id; empty as long as it has none. */
  String self();

  Fate fate(String nodeId);

  /** The last committed one whose index is applied here. */
  Configuration configuration();

  /** Up to where this node's copy has applied the log. */
  long applied();

  /** The term of this node's own log, which only grows, also over restarts; 0 without a log. */
  int term();
}
