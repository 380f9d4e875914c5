package dev.mabeam.link;

import io.vertx.core.buffer.Buffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

/** {@link Courier} for another thread than the link's; each hop takes along all that waits. */
final class HoppingCourier implements Courier {
  private final Courier courier;
  private final Hop toLink;
  private final Hop toCaller;
  private volatile Handler handler = (from, type, payload) -> {};

  HoppingCourier(Courier courier, Executor toLink, Executor toCaller) {
    this.courier = courier;
    this.toLink = new Hop(toLink);
    this.toCaller = new Hop(toCaller);
    toLink.execute(
        () ->
            courier.onFrame(
                (from, type, payload) ->
                    this.toCaller.add(() -> handler.frame(from, type, payload))));
  }

  @Override
  public void send(LinkAddress to, byte type, Buffer payload) {
    toLink.add(() -> courier.send(to, type, payload));
  }

  @Override
  public boolean reaches(LinkAddress to) {
    return courier.reaches(to);
  }

  @Override
  public void onFrame(Handler newHandler) {
    handler = newHandler;
  }

  /** Tasks on their way to one thread, in order. */
  private static final class Hop {
    private static final System.Logger LOG = System.getLogger(HoppingCourier.class.getName());

    private static final int AT_A_TIME = 1_000;

    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean underWay = new AtomicBoolean();
    private final Executor thread;

    Hop(Executor thread) {
      this.thread = thread;
    }

    void add(Runnable task) {
      tasks.add(task);
      if (underWay.compareAndSet(false, true)) {
        thread.execute(this::run);
      }
    }

    private void run() {
      for (int done = 0; done < AT_A_TIME; done++) {
        Runnable task = tasks.poll();
        if (task == null) {
          underWay.set(false);
          // Whoever added one before that saw a hop under way.
          if (tasks.isEmpty() || !underWay.compareAndSet(false, true)) {
            return;
          }
        } else {
          run(task);
        }
      }
      thread.execute(this::run);
    }

    private static void run(Runnable task) {
      try {
        task.run();
      } catch (RuntimeException defect) {
        LOG.log(System.Logger.Level.ERROR, "could not handle a frame", defect);
      }
    }
  }
}
