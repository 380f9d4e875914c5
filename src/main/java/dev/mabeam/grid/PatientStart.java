package dev.mabeam.grid;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;

/**
 * Makes something that blocks while it starts, and may wait for something that never comes. An
 * attempt tells of its progress; one that has made some and then none for {@code stalled} is
 * interrupted and begun anew, as often as {@code limit} allows, which runs from the first progress.
 * An attempt that has made no progress yet waits for its turn, and may do so for as long as it
 * likes: a busy machine, or others that are not there yet, are no reason to begin again.
 *
 * <p>There is one attempt at a time: the next one begins when the last has ended, for they use the
 * same ports. One that does not end although it is interrupted is abandoned at the limit, and closes
 * what it makes if it makes it after all.
 */
final class PatientStart<T extends Closeable> {
  private static final Logger LOG = System.getLogger(PatientStart.class.getName());

  /** One attempt; blocks, and ends on an interrupt having cleaned up, as after any failure. */
  interface Attempt<T> {
    /**
     * @param progress to be run, by any thread, whenever it has come further
     * @throws StalledException if it has found out on its own that nothing comes any more
     */
    T start(Runnable progress) throws IOException;
  }

  /** That an attempt waited in vain, so that another one is worth it. */
  static final class StalledException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StalledException(RuntimeException cause) {
      super(cause.getMessage(), cause);
    }
  }

  private final String node;
  private final Duration stalled;
  private final Duration limit;
  private final Attempt<T> attempt;
  private Long firstProgress;

  PatientStart(String node, Duration stalled, Duration limit, Attempt<T> attempt) {
    this.node = node;
    this.stalled = stalled;
    this.limit = limit;
    this.attempt = attempt;
  }

  /** Blocks; on an interrupt it gives up. */
  T start() throws IOException {
    while (true) {
      Running running = new Running();
      running.begin();
      boolean givenUp;
      try {
        givenUp = running.awaitEndOrStall();
      } catch (InterruptedException stop) {
        running.abandon();
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while " + node + " joined the grid", stop);
      }
      T made = running.result(givenUp);
      if (made != null) {
        return made;
      }
      LOG.log(
          Level.WARNING,
          node + " has waited in vain for its part of the grid; it begins to join it anew");
    }
  }

  private synchronized void noteProgress() {
    if (firstProgress == null) {
      firstProgress = System.nanoTime();
    }
  }

  private synchronized boolean isPastLimit() {
    return firstProgress != null && System.nanoTime() - firstProgress >= limit.toNanos();
  }

  private IllegalStateException tooLate(Throwable cause) {
    return new IllegalStateException(
        "it waited in vain for its part of the grid for " + limit.toSeconds() + " s", cause);
  }

  /** An attempt under way, in a thread of its own. */
  private final class Running {
    private final Thread thread = new Thread(this::run, "mabeam-grid-start-" + node);
    private Long progress;
    private T made;
    private Throwable failure;
    private boolean ended;
    private boolean abandoned;

    void begin() {
      thread.setDaemon(true);
      thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
      thread.start();
    }

    private void run() {
      T result = null;
      Throwable why = null;
      try {
        result = attempt.start(this::proceed);
      } catch (IOException | RuntimeException | Error failed) {
        why = failed;
      }
      if (!end(result, why) && result != null) {
        closeLate(result);
      }
    }

    private synchronized void proceed() {
      noteProgress();
      progress = System.nanoTime();
    }

    /** False if nobody waits for it any more. */
    private synchronized boolean end(T result, Throwable why) {
      made = result;
      failure = why;
      ended = true;
      notifyAll();
      return !abandoned;
    }

    private void closeLate(T result) {
      Thread.interrupted();
      try {
        result.close();
      } catch (IOException | RuntimeException failed) {
        LOG.log(Level.WARNING, node + ": what started too late does not close", failed);
      }
    }

    /** Returns when it has ended, or was interrupted and has ended or is abandoned; whether it was. */
    synchronized boolean awaitEndOrStall() throws InterruptedException {
      long period = stalled.toNanos();
      Long interrupted = null;
      while (!ended) {
        long now = System.nanoTime();
        Long since = interrupted == null ? progress : interrupted;
        long left = since == null ? period : since + period - now;
        if (since != null && left <= 0) {
          if (interrupted != null && isPastLimit()) {
            abandoned = true;
            return true;
          }
          thread.interrupt();
          interrupted = now;
        } else {
          wait(left / 1_000_000 + 1);
        }
      }
      return interrupted != null;
    }

    /** Whether or not it has ended: nobody waits for it. */
    void abandon() {
      T late;
      synchronized (this) {
        abandoned = true;
        late = made;
      }
      thread.interrupt();
      if (late != null) {
        closeLate(late);
      }
    }

    /** Null if it is to be begun anew; the failure otherwise. */
    synchronized T result(boolean givenUp) throws IOException {
      if (made != null && !abandoned) {
        return made;
      }
      if (givenUp || failure instanceof StalledException) {
        if (isPastLimit()) {
          throw tooLate(failure);
        }
        return null;
      }
      if (failure instanceof IOException unreadable) {
        throw unreadable;
      }
      if (failure instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) failure;
    }
  }
}
