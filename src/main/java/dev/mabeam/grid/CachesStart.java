package dev.mabeam.grid;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.infinispan.manager.DefaultCacheManager;

/**
 * Starts a cache manager with all its caches. A node that joins while another one does may wait for
 * a first transfer of state of which nobody knows any more, for as long as Infinispan's four
 * minutes, and nothing that it could ask meanwhile would change that. So a start that takes far
 * longer than starts do is given up once, and made again from the beginning.
 */
final class CachesStart {
  private static final System.Logger LOG = System.getLogger(CachesStart.class.getName());
  /** Ordinary starts take one or two seconds. */
  private static final Duration STALLED = Duration.ofSeconds(20);

  private final GridConfig config;
  private final String node;
  private volatile DefaultCacheManager started;
  private volatile Throwable failure;

  private CachesStart(GridConfig config, String node) {
    this.config = config;
    this.node = node;
  }

  /**
   * Blocks; on an interrupt it gives up.
   *
   * @param joins whether others are there; who is the first has nobody to wait for, and the others
   *     wait for it
   */
  static DefaultCacheManager start(GridConfig config, String node, boolean joins)
      throws IOException {
    DefaultCacheManager first =
        joins ? new CachesStart(config, node).within(STALLED) : null;
    return first != null ? first : startNow(config);
  }

  private static DefaultCacheManager startNow(GridConfig config) throws IOException {
    DefaultCacheManager caches = new DefaultCacheManager(config.load(), false);
    try {
      caches.start();
      List<String> names = caches.getCacheNames().stream().sorted().toList();
      caches.startCaches(names.toArray(String[]::new));
      return caches;
    } catch (RuntimeException | Error failed) {
      stop(caches);
      throw failed;
    }
  }

  private static void stop(DefaultCacheManager caches) {
    boolean interrupted = Thread.interrupted();
    try {
      caches.stop();
    } catch (RuntimeException halfStarted) {
      LOG.log(System.Logger.Level.DEBUG, "caches that did not start do not stop", halfStarted);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Null if it was given up. */
  private DefaultCacheManager within(Duration limit) throws IOException {
    Thread thread = new Thread(this::run, "mabeam-grid-start-" + node);
    thread.setDaemon(true);
    thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
    thread.start();
    boolean givenUp = false;
    try {
      thread.join(limit.toMillis());
      if (thread.isAlive()) {
        LOG.log(
            System.Logger.Level.WARNING,
            node + " has been joining the grid for " + limit.toSeconds() + " s; it begins anew");
        givenUp = true;
        thread.interrupt();
        thread.join();
      }
    } catch (InterruptedException stop) {
      thread.interrupt();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + node + " joined the grid", stop);
    }
    return started != null || givenUp ? started : failed();
  }

  private void run() {
    try {
      started = startNow(config);
    } catch (IOException | RuntimeException | Error why) {
      failure = why;
    }
  }

  private DefaultCacheManager failed() throws IOException {
    if (failure instanceof IOException unreadable) {
      throw unreadable;
    }
    if (failure instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) failure;
  }
}
