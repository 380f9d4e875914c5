package dev.mabeam.agent;

import dev.mabeam.time.Scheduler;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * The timers of one activation. What a timer runs goes through the mailbox: so it runs between
 * messages, and under the lease. On the agent's home; they end with {@link #end}.
 */
final class Timers {
  private final Scheduler scheduler;
  private final Mailbox mailbox;
  private final Set<Timer> all = new HashSet<>();

  Timers(Scheduler scheduler, Mailbox mailbox) {
    this.scheduler = scheduler;
    this.mailbox = mailbox;
  }

  Scheduler.Scheduled once(Duration delay, Runnable task) {
    Timer timer = new Timer(task, false);
    timer.scheduled = scheduler.after(delay, timer::fire);
    return timer;
  }

  Scheduler.Scheduled again(Duration period, Runnable task) {
    Timer timer = new Timer(task, true);
    timer.scheduled = scheduler.every(period, timer::fire);
    return timer;
  }

  void end() {
    Set.copyOf(all).forEach(Timer::cancel);
    all.clear();
  }

  private final class Timer implements Scheduler.Scheduled {
    private final Tick tick;
    private Scheduler.Scheduled scheduled;
    /** Whether it is in the mailbox. */
    private volatile boolean waits;

    Timer(Runnable task, boolean again) {
      tick =
          new Tick(
              () -> {
                waits = false;
                if (!again) {
                  all.remove(this);
                }
                task.run();
              });
      all.add(this);
    }

    /** On the room's thread. One that comes while the last one waits is left out. */
    void fire() {
      if (!waits) {
        waits = true;
        mailbox.put(tick);
      }
    }

    @Override
    public void cancel() {
      tick.cancel();
      scheduled.cancel();
      all.remove(this);
    }
  }
}
