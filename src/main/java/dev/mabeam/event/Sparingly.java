package dev.mabeam.event;

import dev.mabeam.time.Scheduler;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * Tells of what may come in bursts, but of no more than {@link #MOST} a second and kind: what is
 * above that is told as one event, with the number of {@code others} that it stands for. The event
 * log holds a thousand, and a burst should not wipe it. On one thread.
 */
public final class Sparingly {
  public static final int MOST = 20;
  private static final Duration WINDOW = Duration.ofSeconds(1);

  private final Consumer<ClusterEvent> events;
  private final Scheduler scheduler;
  private final Map<String, Window> windows = new HashMap<>();

  private static final class Window {
    private int told;
    private int untold;
    private IntFunction<ClusterEvent> last;
  }

  public Sparingly(Consumer<ClusterEvent> events, Scheduler scheduler) {
    this.events = events;
    this.scheduler = scheduler;
  }

  /** Tells of it now, or at the end of this second; {@code event} is given how many others. */
  public void tell(String kind, IntFunction<ClusterEvent> event) {
    Window window = windows.get(kind);
    if (window == null) {
      window = new Window();
      windows.put(kind, window);
      scheduler.after(WINDOW, () -> end(kind));
    }
    if (window.told < MOST) {
      window.told++;
      events.accept(event.apply(0));
    } else {
      window.untold++;
      window.last = event;
    }
  }

  private void end(String kind) {
    Window window = windows.remove(kind);
    if (window.untold > 0) {
      events.accept(window.last.apply(window.untold - 1));
    }
  }
}
