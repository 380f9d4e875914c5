package dev.mabeam.event;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * The newest events that this node knows of, oldest first, at most {@code capacity} of them. Adding
 * one twice changes nothing, so logs of several nodes can be merged in any order. Safe for
 * any thread; listeners run on the one that adds.
 */
public final class EventLog {
  /** How many events a node remembers. */
  public static final int DEFAULT_CAPACITY = 1_000;

  private static final Comparator<LoggedEvent> OLDEST_FIRST =
      Comparator.comparingLong(LoggedEvent::atMillis)
          .thenComparing(LoggedEvent::origin)
          .thenComparingLong(LoggedEvent::number);

  private final int capacity;
  private final TreeSet<LoggedEvent> events = new TreeSet<>(OLDEST_FIRST);
  private final Set<String> ids = new HashSet<>();
  private final List<Consumer<LoggedEvent>> listeners = new ArrayList<>();

  public EventLog(int capacity) {
    this.capacity = capacity;
  }

  /** Adds {@code event}; false if it was there, or is older than everything a full log holds. */
  public synchronized boolean add(LoggedEvent event) {
    boolean tooOld =
        events.size() == capacity && OLDEST_FIRST.compare(event, events.first()) < 0;
    if (tooOld || !ids.add(event.id())) {
      return false;
    }
    events.add(event);
    if (events.size() > capacity) {
      ids.remove(events.pollFirst().id());
    }
    listeners.forEach(listener -> listener.accept(event));
    return true;
  }

  /** Hears every event that is added from now on, until what is returned is run. */
  public synchronized Runnable onAdd(Consumer<LoggedEvent> listener) {
    listeners.add(listener);
    return () -> forget(listener);
  }

  private synchronized void forget(Consumer<LoggedEvent> listener) {
    listeners.remove(listener);
  }

  /** The newest {@code limit} events, oldest first. */
  public synchronized List<LoggedEvent> newest(int limit) {
    List<LoggedEvent> all = new ArrayList<>(events);
    return List.copyOf(all.subList(Math.max(0, all.size() - limit), all.size()));
  }
}
