package dev.mabeam.verticle;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.event.ClusterEvent;
import dev.mabeam.grid.Knowledge;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The verticles that run on this node, and this node's entry about them in the replicated map.
 * Everything but {@link #list()} runs on the node's context.
 */
final class Hosted {
  private static final System.Logger LOG = System.getLogger(Hosted.class.getName());
  /** An answer waits this long for the other nodes to have the new entry, and not longer. */
  private static final Duration SHOWN_WITHIN = Duration.ofMillis(500);

  private final Supplier<String> nodeId;
  private final VerticleHost host;
  private final Scheduler scheduler;
  private final Executor context;
  private final Consumer<ClusterEvent> events;
  private final OwnEntry entry;
  private final Map<String, VerticleHost.Running> running = new TreeMap<>();
  private final Map<String, VerticleInfo> infos = new TreeMap<>();
  private final Set<String> starting = new HashSet<>();
  private volatile List<VerticleInfo> list = List.of();

  Hosted(
      Supplier<String> nodeId,
      VerticleHost host,
      Knowledge knowledge,
      Consumer<ClusterEvent> events,
      Scheduler scheduler,
      Executor context) {
    this.nodeId = nodeId;
    this.host = host;
    this.scheduler = scheduler;
    this.context = context;
    this.events = events;
    this.entry = new OwnEntry(knowledge, nodeId, this::toJson, context);
  }

  /** Starts a verticle and shows it to the cluster; CONFLICT if the id is in use here. */
  Future<VerticleInfo> deploy(String id, String className, JsonObject config) {
    if (infos.containsKey(id) || !starting.add(id)) {
      return Future.failedFuture(taken(id, nodeId.get()));
    }
    Promise<VerticleInfo> result = Promise.promise();
    host.start(className, config, () -> context.execute(() -> ended(id)))
        .onComplete(
            started ->
                context.execute(
                    () -> {
                      starting.remove(id);
                      if (started.failed()) {
                        result.fail(started.cause());
                      } else {
                        started(id, className, config, started.result()).onComplete(result);
                      }
                    }));
    return result.future();
  }

  static MabeamException taken(String id, String nodeId) {
    return new MabeamException(
        ErrorCode.CONFLICT,
        "verticle id '" + id + "' is in use on " + nodeId,
        "choose another id, or undeploy that one first");
  }

  private Future<VerticleInfo> started(
      String id, String className, JsonObject config, VerticleHost.Running started) {
    VerticleInfo info = new VerticleInfo(id, className, nodeId.get(), scheduler.wallMillis(), config);
    running.put(id, started);
    infos.put(id, info);
    return changed(new ClusterEvent.VerticleDeployed(id, className, nodeId.get())).map(info);
  }

  /** Stops a verticle of this node; NOT_FOUND if it does not run here. */
  Future<VerticleInfo> undeploy(String id) {
    VerticleInfo info = infos.get(id);
    if (info == null) {
      return Future.failedFuture(
          new MabeamException(
              ErrorCode.NOT_FOUND, "verticle '" + id + "' does not run on " + nodeId.get()));
    }
    Promise<VerticleInfo> result = Promise.promise();
    running
        .get(id)
        .stop()
        .onComplete(
            stopped ->
                context.execute(
                    () -> {
                      if (stopped.failed() && MabeamException.of(stopped.cause()).code()
                          == ErrorCode.TIMEOUT) {
                        result.fail(stopped.cause());
                      } else {
                        ended(id).map(info).onComplete(result);
                      }
                    }));
    return result.future();
  }

  private Future<Void> ended(String id) {
    VerticleInfo info = infos.remove(id);
    running.remove(id);
    return info == null
        ? show()
        : changed(new ClusterEvent.VerticleUndeployed(id, info.className(), nodeId.get()));
  }

  private Future<Void> changed(ClusterEvent event) {
    list = List.copyOf(infos.values());
    events.accept(event);
    return show();
  }

  /**
   * Puts this node's entry. Never fails: what could not be put now is put again by
   * {@link #showAgainIfLost}.
   */
  Future<Void> show() {
    Promise<Void> shown = Promise.promise();
    Scheduler.Scheduled enough = scheduler.after(SHOWN_WITHIN, shown::tryComplete);
    entry
        .put()
        .onFailure(
            failure ->
                LOG.log(
                    Level.DEBUG, "{0}: verticles are not shown yet: {1}", nodeId.get(), failure))
        .onComplete(
            done -> {
              enough.cancel();
              shown.tryComplete();
            });
    return shown.future();
  }

  /** Puts this node's entry if the map here has lost it or has an old one. */
  void showAgainIfLost() {
    if (entry.differs()) {
      show();
    }
  }

  /** The node has another id: what runs here goes on under it. */
  Future<Void> renamed() {
    infos.replaceAll((id, info) -> info.on(nodeId.get()));
    list = List.copyOf(infos.values());
    return show();
  }

  /** Undeploys everything, whether or not each stop succeeds. */
  Future<Void> close() {
    List<Future<VerticleInfo>> stops = list.stream().map(info -> undeploy(info.id())).toList();
    return stops.isEmpty()
        ? Future.succeededFuture()
        : Future.join(stops).otherwiseEmpty().mapEmpty();
  }

  /** What runs here, ordered by id. */
  List<VerticleInfo> list() {
    return list;
  }

  private JsonObject toJson() {
    return new JsonObject()
        .put("verticles", new JsonArray(list.stream().map(VerticleInfo::toJson).toList()));
  }
}
