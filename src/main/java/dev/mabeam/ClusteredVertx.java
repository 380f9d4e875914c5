package dev.mabeam;

import dev.mabeam.agent.AgentOptions;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.grid.Grid;
import dev.mabeam.link.LinkAddress;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import java.net.BindException;

/** Builds the clustered Vert.x of a node on its grid. */
final class ClusteredVertx {
  private ClusteredVertx() {}

  /**
   * Fails with CONFLICT if the event bus cannot listen at {@code bus}. To be called on no event
   * loop.
   *
   * @param registryName keeps apart the figures of several nodes of one JVM
   */
  static Future<Vertx> build(
      LinkAddress bus, Grid grid, String registryName, MeterRegistry metrics) {
    // A connection that was open across a cut stays dead until its ping fails: 20 s by default.
    EventBusOptions busOptions =
        new EventBusOptions()
            .setHost(bus.host())
            .setPort(bus.port())
            .setClusterPublicHost(bus.host())
            .setClusterPublicPort(bus.port())
            .setClusterPingInterval(1_000)
            .setClusterPingReplyInterval(1_000)
            .setConnectTimeout(2_000);
    VertxOptions options =
        new VertxOptions()
            .setEventLoopPoolSize(AgentOptions.DEFAULT_CONTEXTS)
            .setEventBusOptions(busOptions)
            .setMetricsOptions(
                new MicrometerMetricsOptions().setEnabled(true).setRegistryName(registryName));
    return Vertx.builder()
        .with(options)
        .withClusterManager(grid.clusterManager())
        .withMetrics(new MicrometerMetricsFactory(metrics))
        .buildClustered()
        .recover(failure -> Future.failedFuture(describe(failure, bus)));
  }

  private static MabeamException describe(Throwable failure, LinkAddress bus) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException) {
        return new MabeamException(
            ErrorCode.CONFLICT,
            "the event bus cannot listen at " + bus + ": " + cause.getMessage(),
            "end what listens there, or choose another with --bus-port or --bind");
      }
    }
    return MabeamException.of(failure);
  }
}
