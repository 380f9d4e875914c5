package dev.mabeam.variable;

/** What a caller of a variable may see, from the weakest to the strongest. */
public enum Consistency {
  /** What one replica has: some time after the last write all have the same. */
  EVENTUAL,
  /** Whoever brings its {@link SessionToken} sees its own writes, and never goes back. */
  SESSION,
  /** No update is seen before those that it depends on, across variables. */
  CAUSAL,
  /** Reads and writes are linearizable; both need a majority of the voters. */
  STRONG;

  private final String word = Words.of(this);

  /** As it is written on the wire, in options and on the command line. */
  public String word() {
    return word;
  }

  /** The one of that word; INVALID if there is none. */
  public static Consistency of(String word) {
    return Words.parse(Consistency.class, "consistency", word);
  }

  /** Whether it promises no less than {@code other}. */
  public boolean atLeast(Consistency other) {
    return compareTo(other) >= 0;
  }
}
