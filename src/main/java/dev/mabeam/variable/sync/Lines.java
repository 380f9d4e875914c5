package dev.mabeam.variable.sync;

import dev.mabeam.time.Scheduler;
import dev.mabeam.variable.version.Siblings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One {@link Line} to each node. Whoever has something to tell offers names; what is offered
 * before the next flush shares frames, whoever offered it.
 */
final class Lines implements Line.Listener {
  private final Channel channel;
  private final Held held;
  private final Scheduler scheduler;
  private final Map<String, Line> lines = new LinkedHashMap<>();
  private final List<Line.Listener> listeners = new ArrayList<>();
  private boolean flushSet;
  private boolean closed;

  Lines(Channel channel, Held held, Scheduler scheduler) {
    this.channel = channel;
    this.held = held;
    this.scheduler = scheduler;
  }

  /** Tells {@code listener} what became of each state that was sent and answered. */
  void listen(Line.Listener listener) {
    listeners.add(listener);
  }

  /** Has {@code peer} told with the next flush. */
  void offer(String peer, String name) {
    lines.computeIfAbsent(peer, to -> new Line(to, channel, held, this)).offer(name);
  }

  void flush() {
    if (!closed) {
      List.copyOf(lines.values()).forEach(Line::flush);
    }
  }

  /** What is offered within one turn of the loop shares frames. */
  void flushNext() {
    if (!flushSet) {
      flushSet = true;
      scheduler.execute(
          () -> {
            flushSet = false;
            flush();
          });
    }
  }

  boolean isSilent(String peer) {
    return channel.isSilent(peer);
  }

  /** Forgets a node that keeps nothing that this one keeps. */
  void forget(String peer) {
    lines.remove(peer);
    channel.forget(peer);
  }

  void close() {
    closed = true;
  }

  @Override
  public void told(String peer, String name, Siblings sent, Held.Joined outcome) {
    listeners.forEach(listener -> listener.told(peer, name, sent, outcome));
  }
}
