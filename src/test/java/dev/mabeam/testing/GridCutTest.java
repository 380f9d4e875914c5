package dev.mabeam.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mabeam.grid.Grid;
import dev.mabeam.grid.GridOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The test cluster's own tests show the same of a whole node. */
@Tag("long")
class GridCutTest {
  @TempDir Path configDir;

  @Test
  void shouldSplitTheViewAndLetItMergeAgain() throws Exception {
    String stack;
    try (var in = Grid.class.getResourceAsStream("/conf/jgroups-tcp.xml")) {
      stack = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    Files.writeString(configDir.resolve("jgroups-tcp.xml"), GridCut.into(stack, "here"));
    Cuts cuts = new Cuts();
    GridCut.register("here", cuts);
    Vertx vertx = Vertx.vertx();
    List<Grid> grids = new ArrayList<>();
    try {
      List<String> hosts = new ArrayList<>();
      for (String name : List.of("n1", "n2", "n3")) {
        int port = FreePorts.block();
        GridOptions options =
            new GridOptions(
                "cut", name, "127.0.0.1", port, List.copyOf(hosts), configDir.toString());
        grids.add(await(Grid.start(vertx, options)));
        hosts.add("127.0.0.1[" + port + "]");
      }
      awaitViews(grids, 3, 3, 3);
      cuts.cut("n1", "n3");
      cuts.cut("n2", "n3");
      awaitViews(grids, 2, 2, 1);
      cuts.heal("n1", "n3");
      cuts.heal("n2", "n3");
      awaitViews(grids, 3, 3, 3);
      assertEquals(grids.get(0).view().members(), grids.get(2).view().members());
    } finally {
      for (Grid grid : grids) {
        await(grid.close());
      }
      await(vertx.close());
      GridCut.forget("here");
    }
  }

  private static void awaitViews(List<Grid> grids, Integer... sizes) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (true) {
      List<Integer> seen = grids.stream().map(grid -> grid.view().members().size()).toList();
      if (seen.equals(List.of(sizes))) {
        return;
      }
      if (System.nanoTime() - deadline > 0) {
        assertEquals(List.of(sizes), seen, "the views' sizes");
      }
      Thread.sleep(50);
    }
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }
}
