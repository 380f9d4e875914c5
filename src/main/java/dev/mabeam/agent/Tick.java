package dev.mabeam.agent;

import dev.mabeam.error.MabeamException;

/** A timer's task on its way into an agent, between its messages. */
final class Tick implements Delivery {
  private final Runnable task;
  private volatile boolean cancelled;

  Tick(Runnable task) {
    this.task = task;
  }

  void run() {
    if (!cancelled) {
      task.run();
    }
  }

  void cancel() {
    cancelled = true;
  }

  @Override
  public Object body() {
    return null;
  }

  @Override
  public boolean asked() {
    return false;
  }

  @Override
  public long deadlineNanos() {
    return Long.MAX_VALUE;
  }

  @Override
  public void taken(boolean told) {}

  @Override
  public void answer(Object value) {}

  @Override
  public void fail(MabeamException why) {}
}
