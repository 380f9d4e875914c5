package dev.mabeam.grid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Context;
import dev.mabeam.testing.FreePorts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several grids in this JVM, over loopback without sockets. */
class GridTest {
  private static final int PATIENCE_S = 60;

  private final String cluster = "t" + ThreadLocalRandom.current().nextInt(1_000_000);
  private final Vertx vertx = Vertx.vertx();
  private final List<Grid> grids = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (Grid grid : grids) {
      await(grid.close());
    }
    await(vertx.close());
  }

  @Test
  void shouldSeeWhoComesAndGoes() throws Exception {
    Grid first = start("n1", List.of());
    assertEquals(List.of("n1"), first.view().members());
    BlockingQueue<GridView> seen = new LinkedBlockingQueue<>();
    first.onView(seen::add);

    Grid second = start("n2", List.of("n1"));
    assertEquals(List.of("n1", "n2"), next(seen).members());
    assertEquals(first.view(), second.view());
    assertEquals("n1", second.view().coordinator());
    assertFalse(second.view().merged());

    await(second.close());
    grids.remove(second);
    assertEquals(List.of("n1"), next(seen).members());
    assertTrue(first.writable(), "a node that leaves in order takes no majority with it");
  }

  @Test
  void shouldMergeWithAnotherThatOpenedAViewAloneToo() throws Exception {
    int one = FreePorts.block();
    int two = FreePorts.block();
    Grid first = start(alone("n1", one, two));
    BlockingQueue<GridView> seen = new LinkedBlockingQueue<>();
    first.onView(seen::add);
    start(alone("n2", two, one));
    assertEquals(Set.of("n1", "n2"), Set.copyOf(next(seen).members()));
  }

  private GridOptions alone(String name, int port, int other) {
    List<String> others = List.of("127.0.0.1[" + other + "]");
    return new GridOptions(cluster, name, "127.0.0.1", port, others, "").withoutWaiting();
  }

  @Test
  void shouldShowKnowledgeOnEveryNode() throws Exception {
    Knowledge here = start("n1", List.of()).knowledge("mabeam.nodes");
    await(here.put("before", new JsonObject().put("n", 1)));
    Knowledge there = start("n2", List.of("n1")).knowledge("mabeam.nodes");
    assertEquals(new JsonObject().put("n", 1), there.entries().get("before"));

    BlockingQueue<String> changes = new LinkedBlockingQueue<>();
    there.onChange(changes::add);
    await(here.put("a", new JsonObject().put("n", 2)));
    assertEquals("a", next(changes));
    assertEquals(here.entries(), there.entries());
    await(there.remove("a"));
    assertEquals("a", next(changes));
    assertFalse(here.entries().containsKey("a"));
    await(there.remove("a"));
  }

  @Test
  void shouldLetItsEntriesBeChangedByTheCaller() throws Exception {
    Knowledge knowledge = start("n1", List.of()).knowledge("mabeam.nodes");
    await(knowledge.put("a", new JsonObject().put("n", 1)));
    knowledge.entries().get("a").put("n", 2);
    knowledge.entries().clear();
    assertEquals(new JsonObject().put("n", 1), knowledge.entries().get("a"));
  }

  @Test
  void shouldKeepClustersApart() throws Exception {
    start("n1", List.of());
    Grid stranger = start(options("n1", List.of()).withStack(GridOptions.LOCAL), "other");
    assertEquals(List.of("n1"), stranger.view().members());
  }

  @Test
  void shouldComeBackOnTheContextThatItWasStartedOn() throws Exception {
    Context context = vertx.getOrCreateContext();
    BlockingQueue<Context> contexts = new LinkedBlockingQueue<>();
    context.runOnContext(
        none ->
            Grid.start(vertx, local("n1", List.of()))
                .onSuccess(
                    grid -> {
                      grids.add(grid);
                      contexts.add(Vertx.currentContext());
                      grid.knowledge("mabeam.nodes").onChange(k -> contexts.add(current()));
                      grid.knowledge("mabeam.nodes")
                          .put("a", new JsonObject())
                          .onComplete(done -> contexts.add(current()));
                    }));
    for (int i = 0; i < 3; i++) {
      assertEquals(context, next(contexts));
    }
  }

  @Test
  void shouldNameThePortThatIsTaken() throws Exception {
    for (int offset : List.of(0, GridConfig.FAILURE_DETECTION_OFFSET)) {
      int port = FreePorts.block();
      try (ServerSocket taken =
          new ServerSocket(port + offset, 1, InetAddress.getLoopbackAddress())) {
        MabeamException failure = refused("127.0.0.1", port);
        assertEquals(ErrorCode.CONFLICT, failure.code());
        assertTrue(failure.getMessage().contains(" " + taken.getLocalPort() + " "));
        assertTrue(failure.hint().contains("--grid-port"));
      }
    }
  }

  @Test
  void shouldRefuseAnAddressOfAnotherMachineAndAPortThatIsNone() {
    MabeamException elsewhere = refused("192.0.2.1", 22_345);
    assertEquals(ErrorCode.INVALID, elsewhere.code());
    assertTrue(elsewhere.hint().contains("--bind"));
    assertEquals(ErrorCode.INVALID, refused("127.0.0.1", 65_535).code());
  }

  @Test
  void shouldSayThatAConfigurationDirectoryHoldsNothingForIt(@TempDir Path conf) {
    GridOptions options =
        new GridOptions(cluster, "n1", "127.0.0.1", 0, List.of(), conf + "/none")
            .withStack(GridOptions.LOCAL);
    MabeamException failure = assertThrows(MabeamException.class, () -> start(options));
    assertEquals(ErrorCode.INVALID, failure.code());
    assertTrue(failure.getMessage().contains(conf + "/none"), failure.getMessage());
  }

  @Test
  void shouldSayThatAConfigurationFileIsWrong(@TempDir Path conf) throws Exception {
    Files.writeString(conf.resolve("infinispan.xml"), "<infinispan><nonsense/></infinispan>");
    GridOptions options =
        new GridOptions(cluster, "n1", "127.0.0.1", 0, List.of(), conf.toString())
            .withStack(GridOptions.LOCAL);
    MabeamException failure = refused(options);
    assertEquals(ErrorCode.INVALID, failure.code());
    assertTrue(failure.hint().contains("infinispan.xml"), failure.hint());
  }

  @Test
  void shouldTakeAStackFromTheConfigurationDirectory(@TempDir Path conf) throws Exception {
    String stack = Files.readString(Path.of("conf", GridOptions.LOCAL));
    Files.writeString(conf.resolve("mine.xml"), stack);
    GridOptions options =
        new GridOptions(cluster, "n1", "127.0.0.1", 0, List.of(), conf.toString())
            .withStack("mine.xml");
    assertEquals(List.of("n1"), start(options).view().members());
  }

  @Test
  void shouldNotKnowACacheThatIsNotDeclared() throws Exception {
    Grid grid = start("n1", List.of());
    MabeamException failure =
        assertThrows(MabeamException.class, () -> grid.knowledge("mabeam.secrets"));
    assertEquals(ErrorCode.NOT_FOUND, failure.code());
  }

  private Grid start(String name, List<String> hosts) throws Exception {
    return start(local(name, hosts));
  }

  private Grid start(GridOptions options, String otherCluster) throws Exception {
    return start(
        new GridOptions(
            cluster + otherCluster,
            options.nodeName(),
            options.bind(),
            options.port(),
            options.initialHosts(),
            options.configDir(),
            options.stack(),
            true,
            options.waits()));
  }

  private Grid start(GridOptions options) throws Exception {
    Grid grid = await(Grid.start(vertx, options));
    grids.add(grid);
    return grid;
  }

  private GridOptions options(String name, List<String> hosts) {
    return new GridOptions(cluster, name, "127.0.0.1", 0, hosts, "");
  }

  private GridOptions local(String name, List<String> hosts) {
    return options(name, hosts).withStack(GridOptions.LOCAL);
  }

  private MabeamException refused(String bind, int port) {
    return refused(new GridOptions(cluster, "n1", bind, port, List.of(), ""));
  }

  private MabeamException refused(GridOptions options) {
    return assertThrows(MabeamException.class, () -> await(Grid.start(vertx, options)));
  }

  private static Context current() {
    return Vertx.currentContext();
  }

  private static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
    T next = queue.poll(PATIENCE_S, TimeUnit.SECONDS);
    assertTrue(next != null, "nothing came in " + PATIENCE_S + " s");
    return next;
  }

  private static <T> T await(Future<T> future) throws TimeoutException {
    return future.await(PATIENCE_S, TimeUnit.SECONDS);
  }
}
