package dev.mabeam.grid;

import io.vertx.core.Context;
import io.vertx.core.WorkerExecutor;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.infinispan.AdvancedCache;
import org.infinispan.manager.EmbeddedCacheManager;
import org.infinispan.notifications.Listener;
import org.infinispan.notifications.cachelistener.annotation.PartitionStatusChanged;
import org.infinispan.notifications.cachelistener.event.PartitionStatusChangedEvent;
import org.infinispan.partitionhandling.AvailabilityMode;

/**
 * Whether the caches take writes here.
 *
 * <p>Infinispan degrades a cache on the side of a cut that lost its majority, and makes it
 * available again after the merge; but after fast repeated faults, or when lost nodes came back as
 * new processes, it can stay degraded for good. {@link #restore} is the way out: the coordinator of
 * a view with a majority of the nodes that were there when all was well makes it available. That
 * goes for every cache, also for those that users and Infinispan itself have made: a single one that
 * stays degraded takes nobody in, and when its coordinator goes, no node can join any more.
 */
@Listener
final class Availability {
  private static final Logger LOG = System.getLogger(Availability.class.getName());

  private final Context context;
  private final WorkerExecutor worker;
  private final EmbeddedCacheManager manager;
  private final List<AdvancedCache<?, ?>> caches;
  private final List<Consumer<Boolean>> listeners = new CopyOnWriteArrayList<>();
  private final Set<String> degraded = new HashSet<>();
  private volatile boolean writable = true;
  /** Who was there when all was well; a majority is one of these. Only touched on the context. */
  private Set<String> whole = Set.of();

  /**
   * Follows nothing yet.
   *
   * @param caches those that count; all that run are made available
   */
  Availability(
      Context context,
      WorkerExecutor worker,
      EmbeddedCacheManager manager,
      List<AdvancedCache<?, ?>> caches) {
    this.context = context;
    this.worker = worker;
    this.manager = manager;
    this.caches = List.copyOf(caches);
  }

  /** Starts following; blocking. */
  void attach() {
    for (AdvancedCache<?, ?> cache : caches) {
      cache.addListener(this);
      update(cache.getName(), cache.getAvailability());
    }
  }

  boolean writable() {
    return writable;
  }

  Runnable onWritable(Consumer<Boolean> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /** Called by Infinispan. */
  @PartitionStatusChanged
  public void changed(PartitionStatusChangedEvent<Object, Object> event) {
    if (!event.isPre()) {
      update(event.getCache().getName(), event.getAvailabilityMode());
    }
  }

  private synchronized void update(String cache, AvailabilityMode mode) {
    if (mode == AvailabilityMode.AVAILABLE) {
      degraded.remove(cache);
    } else {
      degraded.add(cache);
    }
    boolean now = degraded.isEmpty();
    if (now != writable) {
      writable = now;
      context.runOnContext(none -> listeners.forEach(listener -> listener.accept(now)));
    }
  }

  /** Waits until the caches take writes here, and says whether they do; blocking. */
  boolean awaitWritable(Duration patience) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!writable && System.nanoTime() - deadline < 0) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
    return writable;
  }

  /** Counts newcomers in at once; on the context, with every view. */
  void arrived(GridView view) {
    if (writable) {
      Set<String> more = new HashSet<>(whole);
      more.addAll(view.members());
      whole = more;
    }
  }

  /** Counts out who left, if that took no majority with it; on the context, a while later. */
  void settled(GridView view) {
    if (writable) {
      whole = Set.copyOf(view.members());
    }
  }

  /** Makes the caches available again if that is certainly right; on the context. */
  void restore(GridView view, String self) {
    long back = whole.stream().filter(view.members()::contains).count();
    if (writable || !view.coordinator().equals(self) || back * 2 <= whole.size()) {
      return;
    }
    LOG.log(
        Level.INFO,
        "{0}: caches are still read-only with {1} of {2} nodes back; making them writable",
        self,
        back,
        whole.size());
    worker
        .executeBlocking(this::makeAvailable)
        .onFailure(e -> LOG.log(Level.WARNING, self + ": caches stay read-only", e));
  }

  private Void makeAvailable() {
    List<AdvancedCache<?, ?>> all = new ArrayList<>(caches);
    for (String name : manager.getCacheNames()) {
      if (manager.isRunning(name)) {
        all.add(manager.getCache(name).getAdvancedCache());
      }
    }
    for (AdvancedCache<?, ?> cache : all) {
      if (cache.getAvailability() != AvailabilityMode.AVAILABLE) {
        cache.setAvailability(AvailabilityMode.AVAILABLE);
      }
    }
    return null;
  }
}
