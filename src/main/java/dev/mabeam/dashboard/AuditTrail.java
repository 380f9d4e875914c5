package dev.mabeam.dashboard;

import dev.mabeam.event.ClusterEvent;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Tells who changed what. The same thing again within ten seconds is told once, and messages that
 * were taken once a minute: a client that sends a thousand, or is refused a thousand times, must
 * not push everything else out of what is shown.
 */
final class AuditTrail {
  static final Duration QUIET = Duration.ofSeconds(10);
  static final Duration QUIET_MESSAGES = Duration.ofMinutes(1);
  private static final Set<String> MESSAGES =
      Set.of("askAgent", "tellAgent", "publish", "request");
  private static final int REMEMBERED = 256;

  private final Consumer<ClusterEvent> events;
  private final LongSupplier nanos;
  private final Map<ClusterEvent.Audit, Long> told =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ClusterEvent.Audit, Long> eldest) {
          return size() > REMEMBERED;
        }
      };

  AuditTrail(Consumer<ClusterEvent> events, LongSupplier nanos) {
    this.events = events;
    this.nanos = nanos;
  }

  void record(String action, String target, Role role, int status) {
    ClusterEvent.Audit audit = new ClusterEvent.Audit(action, target, role.json(), status);
    long now = nanos.getAsLong();
    Long before = told.get(audit);
    if (before == null || now - before >= quiet(action, status).toNanos()) {
      told.remove(audit);
      told.put(audit, now);
      events.accept(audit);
    }
  }

  private static Duration quiet(String action, int status) {
    return status < 400 && MESSAGES.contains(action) ? QUIET_MESSAGES : QUIET;
  }
}
