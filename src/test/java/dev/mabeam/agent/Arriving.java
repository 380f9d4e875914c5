package dev.mabeam.agent;

import dev.mabeam.error.MabeamException;
import java.util.ArrayList;
import java.util.List;

/** A message with a stamp that remembers what became of it. */
final class Arriving implements Delivery {
  private final Stamp stamp;
  private final Object body;
  private final long deadlineMillis;
  final List<Object> answers = new ArrayList<>();
  MabeamException failure;

  Arriving(Stamp stamp, Object body, long deadlineMillis) {
    this.stamp = stamp;
    this.body = body;
    this.deadlineMillis = deadlineMillis;
  }

  /** The same, first sent when that was known. */
  Arriving knowing(long epoch) {
    return new Arriving(stamp.knowing(epoch), body, deadlineMillis);
  }

  @Override
  public Stamp stamp() {
    return stamp;
  }

  @Override
  public Object body() {
    return body;
  }

  @Override
  public boolean asked() {
    return true;
  }

  @Override
  public long deadlineNanos() {
    return deadlineMillis * 1_000_000;
  }

  @Override
  public void taken(boolean told) {}

  @Override
  public void answer(Object value) {
    answers.add(value);
  }

  @Override
  public void fail(MabeamException why) {
    failure = why;
  }
}
