package dev.mabeam.variable;

/** What updates become that have not seen each other. */
public enum ConflictResolution {
  /** The latest by hybrid time stands. */
  LAST_WRITER_WINS,
  /** The latest stands with the others beside it, until a write that has seen them. */
  VECTOR_CLOCKS,
  /** The replicas vote, and most votes stand. */
  CONSENSUS,
  /** What a named function makes of them. */
  MERGE_FUNCTION;

  private final String word = Words.of(this);

  /** As it is written on the wire, in options and on the command line. */
  public String word() {
    return word;
  }

  /** The one of that word; INVALID if there is none. */
  public static ConflictResolution of(String word) {
    return Words.parse(ConflictResolution.class, "conflict resolution", word);
  }
}
