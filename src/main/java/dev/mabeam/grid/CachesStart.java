package dev.mabeam.grid;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.infinispan.manager.DefaultCacheManager;
import org.infinispan.notifications.Listener;
import org.infinispan.notifications.cachemanagerlistener.annotation.CacheStarted;
import org.infinispan.notifications.cachemanagerlistener.annotation.ViewChanged;
import org.infinispan.notifications.cachemanagerlistener.event.CacheStartedEvent;
import org.infinispan.notifications.cachemanagerlistener.event.ViewChangedEvent;
import org.infinispan.util.concurrent.TimeoutException;

/**
 * Starts a cache manager with all its caches. A node that joins may wait for a first transfer of
 * state of which nobody knows any more, for as long as Infinispan's four minutes, and nothing that
 * it could ask meanwhile would change that. So a start that is in a view, and starts no further
 * cache for far longer than one takes, is made again from the beginning, until there is an end.
 *
 * <p>What is measured is progress and not time: on a busy machine all of it may take a minute.
 */
final class CachesStart {
  /** Between the view and the first cache, or two caches; ordinarily a tenth of a second. */
  static final Duration STALLED = Duration.ofSeconds(20);
  /** As long as Infinispan itself would wait. */
  private static final Duration LIMIT = Duration.ofMinutes(4);

  private CachesStart() {}

  /**
   * Blocks; on an interrupt it gives up.
   *
   * @param joins whether others are there; who is the first has nobody to wait for, and the others
   *     wait for it
   * @param stalled how long nothing may come
   */
  static DefaultCacheManager start(
      GridConfig config, String node, boolean joins, Duration stalled) throws IOException {
    return joins
        ? new PatientStart<>(node, stalled, LIMIT, progress -> startNow(config, progress)).start()
        : startNow(config, () -> {});
  }

  private static DefaultCacheManager startNow(GridConfig config, Runnable progress)
      throws IOException {
    DefaultCacheManager caches = new DefaultCacheManager(config.load(), false);
    Steps steps = new Steps(progress);
    try {
      caches.addListener(steps);
      caches.start();
      List<String> names = caches.getCacheNames().stream().sorted().toList();
      caches.startCaches(names.toArray(String[]::new));
      caches.removeListener(steps);
      return caches;
    } catch (RuntimeException failed) {
      stop(caches);
      throw isTimeout(failed) ? new PatientStart.StalledException(failed) : failed;
    } catch (Error failed) {
      stop(caches);
      throw failed;
    }
  }

  /** Whether a cache got no answer, or no first state, within its own time. */
  private static boolean isTimeout(Throwable failure) {
    return failure != null
        && (failure instanceof TimeoutException || isTimeout(failure.getCause()));
  }

  private static void stop(DefaultCacheManager caches) {
    boolean interrupted = Thread.interrupted();
    try {
      caches.stop();
    } catch (RuntimeException halfStarted) {
      System.getLogger(CachesStart.class.getName())
          .log(System.Logger.Level.DEBUG, "caches that did not start do not stop", halfStarted);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Tells of the first view and of every cache. Others that come and go are no progress. */
  @Listener
  static final class Steps {
    private final Runnable progress;
    private final AtomicBoolean inView = new AtomicBoolean();

    Steps(Runnable progress) {
      this.progress = progress;
    }

    @ViewChanged
    public void viewed(ViewChangedEvent event) {
      if (inView.compareAndSet(false, true)) {
        progress.run();
      }
    }

    @CacheStarted
    public void started(CacheStartedEvent event) {
      progress.run();
    }
  }
}
