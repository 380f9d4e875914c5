package dev.mabeam.agent;

import java.util.concurrent.Executor;

/**
 * The thread of one agent, or of several: where all of their code runs, one task at a time.
 *
 * @param executor runs tasks there, in order
 * @param queue the same for what should not crowd others out
 * @param rounds when its agents write checkpoints
 */
record Home(Executor executor, RunQueue queue, WriteRounds rounds) {
  static Home on(Executor executor) {
    RunQueue queue = new RunQueue(executor);
    return new Home(executor, queue, new WriteRounds(queue));
  }
}
