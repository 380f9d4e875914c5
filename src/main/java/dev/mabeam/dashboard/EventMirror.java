package dev.mabeam.dashboard;

import dev.mabeam.event.ClusterEvent;
import dev.mabeam.event.EventLog;
import dev.mabeam.event.Events;
import dev.mabeam.event.LoggedEvent;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;

/**
 * A copy of the node's event log on the event loop of the HTTP side; the log itself belongs to
 * another one.
 */
final class EventMirror {
  private final Events events;
  private final Context home;
  private final EventLog copy = new EventLog(EventLog.DEFAULT_CAPACITY);

  private EventMirror(Events events, Context home) {
    this.events = events;
    this.home = home;
  }

  /** Copies what {@code events} has and follows it, on {@code own}; call it there. */
  static Future<EventMirror> start(Events events, Context home, Context own) {
    EventMirror mirror = new EventMirror(events, home);
    Promise<EventMirror> started = Promise.promise();
    home.runOnContext(
        none -> {
          List<LoggedEvent> known = events.log().newest(EventLog.DEFAULT_CAPACITY);
          events.log().onAdd(event -> own.runOnContext(later -> mirror.copy.add(event)));
          own.runOnContext(
              later -> {
                known.forEach(mirror.copy::add);
                started.complete(mirror);
              });
        });
    return started.future();
  }

  void publish(ClusterEvent event) {
    home.runOnContext(none -> events.publish(event));
  }

  /** The newest {@code limit} events, oldest first. */
  List<LoggedEvent> newest(int limit) {
    return copy.newest(limit);
  }

  /** The newest {@code limit} events of that type or topic, oldest first. */
  List<LoggedEvent> newest(int limit, String type) {
    List<LoggedEvent> all =
        copy.newest(EventLog.DEFAULT_CAPACITY).stream()
            .filter(event -> event.type().equals(type) || event.type().startsWith(type + "."))
            .toList();
    return all.subList(Math.max(0, all.size() - limit), all.size());
  }
}
