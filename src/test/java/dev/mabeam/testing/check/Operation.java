package dev.mabeam.testing.check;

/**
 * What one client asked for, and what it learned. Times order the events of one {@link History};
 * they measure nothing.
 *
 * @param process who asked
 * @param output what was answered; meaningless unless {@link #completed()}
 * @param invoked before anything could have happened
 * @param returned after it had happened; {@link #NEVER} if the outcome is unknown: it may take
 *     effect at any time after the invocation, or never
 */
public record Operation<I, O>(int process, I input, O output, long invoked, long returned) {
  /** Later than everything. */
  public static final long NEVER = Long.MAX_VALUE;

  /** Whether its outcome is known. */
  public boolean completed() {
    return returned != NEVER;
  }

  @Override
  public String toString() {
    String what = "p" + process + " " + input;
    return completed()
        ? what + " = " + output + " [" + invoked + ".." + returned + "]"
        : what + " = ? [" + invoked + "..";
  }
}
