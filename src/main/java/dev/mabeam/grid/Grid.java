package dev.mabeam.grid;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.spi.cluster.ClusterManager;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.infinispan.AdvancedCache;
import org.infinispan.commons.CacheConfigurationException;
import org.infinispan.lifecycle.ComponentStatus;
import org.infinispan.manager.DefaultCacheManager;

/**
 * This node's part of the grid: the view, the caches, and the cluster manager for
 * {@code Vertx.builder().withClusterManager(grid.clusterManager())}. One cache manager over one
 * JGroups channel, as {@code conf/infinispan.xml} and {@code conf/jgroups-tcp.xml} say.
 *
 * <p>Lifecycle: {@link #start}, then build the clustered Vert.x with {@link #clusterManager()};
 * close that Vert.x first, then the grid. The Vert.x that is passed in stays the caller's: the grid
 * only runs blocking calls and callbacks on it, and it has to outlive the grid.
 *
 * <p>Callbacks and futures come back on the context that {@link #start} was called on. Nothing
 * here blocks that context.
 */
public final class Grid implements Views {
  /** Knowledge that a state transfer brought is told this long after a view change. */
  private static final List<Duration> REFRESH_AFTER =
      List.of(Duration.ofMillis(500), Duration.ofMillis(2500), Duration.ofMillis(6000));
  /** Infinispan mostly makes its caches available again on its own in less than this. */
  private static final List<Duration> RESTORE_AFTER =
      List.of(Duration.ofMillis(2500), Duration.ofMillis(6000));
  /** Who joins a cluster that lost its majority waits for others that come back with it. */
  private static final Duration WRITABLE_WITHIN = Duration.ofSeconds(30);

  /** The cache of Infinispan's locks, which is not among the names of the caches. */
  private static final String LOCKS = "org.infinispan.LOCKS";

  private final Vertx vertx;
  private final Context context;
  private final GridOptions options;
  private final WorkerExecutor worker;
  private final ViewWatch views;
  private DefaultCacheManager caches;
  private Availability availability;
  private Map<String, KnowledgeCache> knowledge = Map.of();
  private SelfHealingClusterManager clusterManager;

  private Grid(Vertx vertx, GridOptions options) {
    this.vertx = vertx;
    this.options = options;
    context = vertx.getOrCreateContext();
    worker = vertx.createSharedWorkerExecutor("mabeam-grid-" + options.nodeName(), 4);
    views = new ViewWatch(context);
  }

  /**
   * Joins the channel and starts every cache. Fails with CONFLICT if a port is taken, INVALID if
   * the address is not this machine's or a configuration file is wrong, READ_ONLY if the cluster
   * has lost its majority and does not get it back, UNAVAILABLE if anything else keeps this node out.
   */
  public static Future<Grid> start(Vertx vertx, GridOptions options) {
    Grid grid = new Grid(vertx, options);
    Future<Grid> started =
        grid.worker.executeBlocking(
            () -> {
              grid.startBlocking();
              return grid;
            });
    return started
        .onSuccess(none -> grid.watch())
        .recover(failure -> grid.close().transform(none -> Future.failedFuture(failure)));
  }

  private void startBlocking() {
    GridConfig config = new GridConfig(options);
    config.checkPorts();
    try {
      caches =
          CachesStart.start(
              config, options.nodeName(), options.waits(), CachesStart.STALLED);
      views.attach(caches);
      follow(caches.getCacheNames().stream().sorted().toList());
    } catch (IOException | CacheConfigurationException e) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "the grid's configuration cannot be used: " + innermost(e),
          "check infinispan.xml and " + options.stack() + " in --conf",
          e);
    } catch (MabeamException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new MabeamException(
          ErrorCode.UNAVAILABLE,
          "node " + options.nodeName() + " could not join the grid: " + innermost(e),
          options.initialHosts().isEmpty()
              ? "it is the first one; its log says more"
              : "check that " + String.join(", ", options.initialHosts()) + " can be reached",
          e);
    }
  }

  private void follow(List<String> names) {
    List<AdvancedCache<?, ?>> all = new ArrayList<>();
    Map<String, KnowledgeCache> known = new TreeMap<>();
    for (String name : names) {
      AdvancedCache<String, String> cache =
          caches.<String, String>getCache(name).getAdvancedCache();
      all.add(cache);
      if (name.startsWith("mabeam.")) {
        known.put(name, new KnowledgeCache(cache, worker, context));
      }
    }
    all.add(caches.getCache(LOCKS).getAdvancedCache());
    knowledge = known;
    availability = new Availability(context, worker, caches, all);
    availability.attach();
    awaitMajority();
    clusterManager = new SelfHealingClusterManager(caches, options.repair());
  }

  /** Without one the event bus could not even say where this node is. */
  private void awaitMajority() {
    try {
      if (!availability.awaitWritable(WRITABLE_WITHIN)) {
        throw new MabeamException(
            ErrorCode.READ_ONLY,
            "the cluster that " + options.nodeName() + " joins has lost most of its nodes",
            "start the other missing nodes too; there are " + views.view().members());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MabeamException(
          ErrorCode.UNAVAILABLE, "interrupted while " + options.nodeName() + " joined", "", e);
    }
  }

  /** On the context, once everything is there. */
  private void watch() {
    availability.arrived(views.view());
    views.onView(
        view -> {
          availability.arrived(view);
          clusterManager.viewChanged(view);
          for (Duration delay : REFRESH_AFTER) {
            later(delay, () -> knowledge.values().forEach(KnowledgeCache::refresh));
          }
          for (Duration delay : RESTORE_AFTER) {
            later(delay, () -> settle(view));
          }
        });
  }

  private void settle(GridView view) {
    if (view.id() == views.view().id()) {
      availability.restore(view, options.nodeName());
      availability.settled(view);
    }
  }

  private void later(Duration delay, Runnable task) {
    vertx.setTimer(delay.toMillis(), timer -> context.runOnContext(none -> task.run()));
  }

  /**
   * The replicated cache {@code name}, which {@code conf/infinispan.xml} declares and whose name
   * starts with {@code mabeam.}; NOT_FOUND if there is none.
   */
  public Knowledge knowledge(String name) {
    Knowledge found = knowledge.get(name);
    if (found == null) {
      throw new MabeamException(
          ErrorCode.NOT_FOUND,
          "there is no cache '" + name + "'",
          "declare it in infinispan.xml; there are " + knowledge.keySet());
    }
    return found;
  }

  /** What the clustered Vert.x of this node is built with; one for the grid's lifetime. */
  public ClusterManager clusterManager() {
    return clusterManager;
  }

  @Override
  public GridView view() {
    return views.view();
  }

  @Override
  public Runnable onView(Consumer<GridView> listener) {
    return views.onView(listener);
  }

  @Override
  public boolean writable() {
    return availability.writable();
  }

  @Override
  public Runnable onWritable(Consumer<Boolean> listener) {
    return availability.onWritable(listener);
  }

  /** Whether the caches run; any thread. */
  public boolean running() {
    return caches != null && caches.getStatus() == ComponentStatus.RUNNING;
  }

  /** Leaves the view and stops the caches; the clustered Vert.x has to be closed before. */
  public Future<Void> close() {
    Future<Void> stopped =
        worker.executeBlocking(
            () -> {
              if (caches != null) {
                caches.stop();
              }
              return null;
            });
    return stopped.eventually(worker::close);
  }

  private static String innermost(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }
}
