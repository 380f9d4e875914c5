package dev.mabeam.testing.check;

/**
 * What a checker found.
 *
 * @param linearizable whether the history is
 * @param why what stands against it; empty if nothing does
 */
public record Verdict(boolean linearizable, String why) {
  static final Verdict OK = new Verdict(true, "");

  static Verdict refused(String why) {
    return new Verdict(false, why);
  }

  /** Fails unless the history is linearizable. */
  public void require() {
    if (!linearizable) {
      throw new AssertionError("not linearizable: " + why);
    }
  }
}
