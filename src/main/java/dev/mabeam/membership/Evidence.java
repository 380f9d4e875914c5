package dev.mabeam.membership;

/** What the neighbours answered when they were last asked about a node. */
enum Evidence {
  /** Nobody was asked, or nobody has answered yet. */
  NONE,
  /** At least one of them hears the node. */
  REACHED,
  /** None of them does. */
  NOT_REACHED
}
