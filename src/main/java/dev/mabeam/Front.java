package dev.mabeam;

import dev.mabeam.dashboard.ClusterAccess;
import dev.mabeam.dashboard.DashboardContext;
import dev.mabeam.dashboard.DashboardOptions;
import dev.mabeam.dashboard.DashboardVerticle;
import dev.mabeam.dashboard.NodeRooms;
import dev.mabeam.disk.FreeSpace;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** What a node shows over HTTP, if it is to show anything: the dashboard, the API, its figures. */
final class Front {
  private final MabeamOptions options;
  private final Premises premises;
  private final PrometheusMeterRegistry metrics;
  private final Supplier<NodeRooms> rooms;
  private final BooleanSupplier closing;
  private DashboardVerticle dashboard;

  /**
   * @param rooms those of the incarnation that is shown at the time
   * @param closing whether the node is on its way out; any thread
   */
  Front(
      MabeamOptions options,
      Premises premises,
      PrometheusMeterRegistry metrics,
      Supplier<NodeRooms> rooms,
      BooleanSupplier closing) {
    this.options = options;
    this.premises = premises;
    this.metrics = metrics;
    this.rooms = rooms;
    this.closing = closing;
  }

  Future<Void> open() {
    if (options.getHttpPort() < 0) {
      return Future.succeededFuture();
    }
    dashboard =
        new DashboardVerticle(
            new DashboardContext(
                new DashboardOptions(
                    options.getHttpHost(),
                    options.getHttpPort(),
                    options.getToken(),
                    Set.of(options.getName())),
                ClusterAccess.of(rooms),
                premises.events(),
                premises.context(),
                this::hasRoomOnDisk,
                premises.grid()::running,
                closing,
                metrics,
                Mabeam.version()));
    return premises
        .vertx()
        .deployVerticle(dashboard)
        .onSuccess(deployed -> announce())
        .mapEmpty();
  }

  private boolean hasRoomOnDisk() {
    return options.getDataDir().isEmpty()
        || FreeSpace.of(Path.of(options.getDataDir())) >= FreeSpace.LEAST_BYTES;
  }

  /** Tells the others where this node serves HTTP; to be said again under each new id. */
  void announce() {
    premises
        .membership()
        .announceHttp(
            dashboard == null
                ? ""
                : "http://" + options.getHttpHost() + ":" + dashboard.port());
  }

  /** The port that HTTP is served at, or -1. */
  int port() {
    return dashboard == null ? -1 : dashboard.port();
  }
}
