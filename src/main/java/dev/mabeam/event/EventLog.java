package dev.mabeam.event;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * The newest events that this node knows of, oldest first, at most {@code capacity} of them. Those
 * that come all the time, writes and requests, have a quarter of it each, so that they do not push
 * out that a node failed an hour ago. Adding one twice changes nothing, so logs of several nodes
 * can be merged in any order. Safe for any thread; listeners run on the one that adds.
 */
public final class EventLog {
  /** How many events a node remembers. */
  public static final int DEFAULT_CAPACITY = 1_000;

  /** What comes as long as anybody works, and how much of the log each of them may have. */
  private static final Set<String> CONSTANT = Set.of("audit", "variable.updated");

  private static final int SHARE = 4;

  private static final Comparator<LoggedEvent> OLDEST_FIRST =
      Comparator.comparingLong(LoggedEvent::atMillis)
          .thenComparing(LoggedEvent::origin)
          .thenComparingLong(LoggedEvent::number);

  private final int capacity;
  private final TreeSet<LoggedEvent> events = new TreeSet<>(OLDEST_FIRST);
  private final Map<String, TreeSet<LoggedEvent>> constant = new HashMap<>();
  private final Set<String> ids = new HashSet<>();
  private final List<Consumer<LoggedEvent>> listeners = new ArrayList<>();

  public EventLog(int capacity) {
    this.capacity = capacity;
  }

  /** Adds {@code event}; false if it was there, or is older than everything a full log holds. */
  public synchronized boolean add(LoggedEvent event) {
    TreeSet<LoggedEvent> alike =
        CONSTANT.contains(event.type())
            ? constant.computeIfAbsent(event.type(), type -> new TreeSet<>(OLDEST_FIRST))
            : null;
    boolean tooOld =
        isTooOld(event, events, capacity)
            || alike != null && isTooOld(event, alike, Math.max(1, capacity / SHARE));
    if (tooOld || !ids.add(event.id())) {
      return false;
    }
    events.add(event);
    if (alike != null) {
      alike.add(event);
      if (alike.size() > Math.max(1, capacity / SHARE)) {
        drop(alike.first());
      }
    }
    if (events.size() > capacity) {
      drop(events.first());
    }
    listeners.forEach(listener -> listener.accept(event));
    return true;
  }

  private static boolean isTooOld(LoggedEvent event, TreeSet<LoggedEvent> full, int most) {
    return full.size() == most && OLDEST_FIRST.compare(event, full.first()) < 0;
  }

  private void drop(LoggedEvent event) {
    events.remove(event);
    ids.remove(event.id());
    if (CONSTANT.contains(event.type())) {
      constant.get(event.type()).remove(event);
    }
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
