package dev.mabeam.agent;

import dev.mabeam.grid.Grid;
import dev.mabeam.grid.GridOptions;
import dev.mabeam.testing.FreePorts;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;

/** Clustered Vert.x instances in this JVM that nothing runs on yet: a grid and a bus each. */
final class ClusteredNodes implements AutoCloseable {
  private final Vertx base = Vertx.vertx();
  private final List<Grid> grids = new ArrayList<>();
  private final List<Vertx> nodes = new ArrayList<>();
  private volatile boolean cut;
  private volatile Predicate<Object> lost = body -> false;

  ClusteredNodes(int count) {
    String cluster = UUID.randomUUID().toString();
    for (int i = 1; i <= count; i++) {
      List<String> hosts = i == 1 ? List.of() : List.of("n1");
      GridOptions options =
          new GridOptions(cluster, "n" + i, "127.0.0.1", FreePorts.block(), hosts, "")
              .withStack(GridOptions.LOCAL);
      Grid grid = Grid.start(base, options).await();
      grids.add(grid);
      VertxOptions bus =
          new VertxOptions().setEventBusOptions(new EventBusOptions().setHost("127.0.0.1"));
      Vertx vertx =
          Vertx.builder().with(bus).withClusterManager(grid.clusterManager()).buildClustered()
              .await();
      vertx
          .eventBus()
          .addInboundInterceptor(
              delivery -> {
                if (!cut) {
                  delivery.next();
                }
              });
      vertx
          .eventBus()
          .addOutboundInterceptor(
              delivery -> {
                if (!lost.test(delivery.body())) {
                  delivery.next();
                }
              });
      nodes.add(vertx);
    }
  }

  List<Vertx> nodes() {
    return nodes;
  }

  /** Loses everything that arrives over the bus while {@code cut}. */
  void cut(boolean cut) {
    this.cut = cut;
  }

  /** Loses what {@code which} says of the body of a message that is sent. Any thread. */
  void lose(Predicate<Object> which) {
    lost = which;
  }

  @Override
  public void close() {
    for (int i = nodes.size() - 1; i >= 0; i--) {
      nodes.get(i).close().await();
      grids.get(i).close().await();
    }
    base.close().await();
  }
}
