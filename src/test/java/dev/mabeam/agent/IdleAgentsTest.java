package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.grid.Grid;
import dev.mabeam.grid.GridOptions;
import dev.mabeam.testing.FreePorts;
import dev.mabeam.verticle.UserCode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What an idle agent costs: three nodes with their directories, activations and real caches. */
@Tag("long")
class IdleAgentsTest {
  private static final int AGENTS = 50_000;
  private static final int MOST_BYTES = 4096;

  @Test
  void shouldCostLittleMemoryWhileTheyAreIdle() {
    Vertx vertx = Vertx.vertx();
    Map<String, Grid> grids = new HashMap<>();
    for (int i = 1; i <= 3; i++) {
      List<String> hosts = i == 1 ? List.of() : List.of("n1");
      GridOptions options =
          new GridOptions("idle", "n" + i, "127.0.0.1", FreePorts.block(), hosts, "")
              .withStack(GridOptions.LOCAL);
      grids.put("n" + i + "#" + i, Grid.start(vertx, options).await());
    }
    try (UserCode code = UserCode.open(List.of(), List.of());
        Rooms rooms =
            new Rooms(
                List.of(vertx, vertx, vertx),
                code,
                AgentOptions.DEFAULT,
                id -> grids.get(id).knowledge("mabeam.agents"))) {
      deploy(rooms, 0, 1_000);
      long before = used(rooms);
      long start = System.nanoTime();
      deploy(rooms, 1_000, 1_000 + AGENTS);
      System.out.printf(
          "%,d agents deployed in %.1f s%n", AGENTS, (System.nanoTime() - start) / 1e9);
      Rooms.await(
          "all to be shown on each node",
          () ->
              grids.values().stream()
                  .allMatch(
                      grid ->
                          grid.knowledge("mabeam.agents").entries().values().stream()
                                  .mapToInt(entry -> entry.getJsonObject("agents").size())
                                  .sum()
                              == 1_000 + AGENTS));
      long each = (used(rooms) - before) / AGENTS;
      System.out.printf("%,d bytes an idle agent, over three nodes%n", each);
      assertEquals(
          1_000 + AGENTS, rooms.rooms.stream().mapToInt(r -> r.agents.countHere()).sum());
      assertTrue(each <= MOST_BYTES, each + " bytes");
    } finally {
      grids.values().forEach(grid -> grid.close().await());
      vertx.close().await();
    }
  }

  private static void deploy(Rooms rooms, int from, int to) {
    List<Future<AgentInfo>> deploys = new ArrayList<>();
    for (int i = from; i < to; i++) {
      deploys.add(rooms.room(i % 3 + 1).agents.deploy(AgentSpec.of("agent-" + i, "counter")));
    }
    Rooms.await("deployment", Future.all(deploys));
  }

  private static long used(Rooms rooms) {
    rooms.log.compact();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      System.gc();
      least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least;
  }
}
