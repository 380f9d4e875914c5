package dev.mabeam.agent;

import java.util.concurrent.Executor;

/**
 * The thread of one agent, or of several: where all of their code runs, one task at a time.
 *
 * @param executor runs tasks there, in order
 * @param queue the same for what should not crowd others out
 */
record Home(Executor executor, RunQueue queue) {
  static Home on(Executor executor) {
    return new Home(executor, new RunQueue(executor));
  }
}
