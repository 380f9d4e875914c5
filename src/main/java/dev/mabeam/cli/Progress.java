package dev.mabeam.cli;

import java.io.PrintWriter;

/**
 * One line that moves: redrawn in place on a terminal; elsewhere a plain line at every tenth. Safe
 * to use from several threads.
 */
final class Progress {
  private static final int WIDTH = 24;
  private static final int STEPS = 10;
  private static final String CLEAR = "\r\u001b[2K";

  private final PrintWriter out;
  private final boolean terminal;
  private int lastStep = -1;
  private boolean drawn;
  private boolean muted;

  Progress(PrintWriter out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** Starts over at nothing. */
  synchronized void reset() {
    lastStep = -1;
  }

  /** {@code text} stands behind the bar, or alone where there is no terminal. */
  synchronized void at(String label, long done, long all, String text) {
    if (muted) {
      return;
    }
    int step = all == 0 ? STEPS : (int) (done * STEPS / all);
    if (terminal) {
      int filled = all == 0 ? WIDTH : (int) (done * WIDTH / all);
      String bar = "█".repeat(filled) + "░".repeat(WIDTH - filled);
      out.print(CLEAR + label + " " + bar + " " + text);
      drawn = true;
    } else if (step != lastStep) {
      out.println(label + ": " + text);
    }
    lastStep = step;
    out.flush();
  }

  /** A line that stays, and nothing but such lines after it. */
  synchronized void mute(String text) {
    muted = false;
    line(text);
    muted = true;
  }

  /** A line that stays. */
  synchronized void line(String text) {
    if (muted) {
      return;
    }
    out.println((drawn ? CLEAR : "") + text);
    drawn = false;
    out.flush();
  }
}
