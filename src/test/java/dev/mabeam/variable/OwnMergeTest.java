package dev.mabeam.variable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.testing.check.MergeLaws;
import dev.mabeam.variable.conflict.MergeFunction;
import dev.mabeam.variable.conflict.MergeFunctions;
import dev.mabeam.variable.conflict.Resolution;
import io.vertx.core.Future;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Merge functions that users bring. */
class OwnMergeTest {
  /** The longest text that was ever written, of equally long ones the last in the alphabet. */
  public static final class Longest implements MergeFunction {
    @Override
    public String name() {
      return "acme.longest";
    }

    @Override
    public Object merge(Object one, Object other) {
      String a = (String) one;
      String b = (String) other;
      int order = Integer.compare(a.length(), b.length());
      return (order != 0 ? order : a.compareTo(b)) >= 0 ? a : b;
    }

    @Override
    public void check(Object value) {
      if (!(value instanceof String)) {
        throw new IllegalArgumentException("texts only");
      }
    }
  }

  @TempDir private Path classes;

  private void bring() throws Exception {
    Path services = Files.createDirectories(classes.resolve("META-INF/services"));
    Files.writeString(services.resolve(MergeFunction.class.getName()), Longest.class.getName());
    URL[] urls = {classes.toUri().toURL()};
    try (URLClassLoader loader = new URLClassLoader(urls, getClass().getClassLoader())) {
      MergeFunctions.load(loader);
    }
  }

  @Test
  void shouldKeepTheLaws() {
    MergeLaws.require(
        new Longest(), random -> "x".repeat(random.nextInt(4)) + random.nextInt(3));
  }

  @Test
  void shouldMergeByAFunctionThatAJarOnTheClassPathNames() throws Exception {
    bring();
    SimVariables cluster = SimVariables.of(1, 3);
    VariableOptions options = VariableOptions.DEFAULT.withMerge("acme.longest");
    await(cluster, cluster.node("n1").room.distribute("v", options));
    cluster.awaitQuiet();
    cluster.sim.network().setLoss(1);
    await(cluster, cluster.node("n1").room.set("v", "a longer one"));
    await(cluster, cluster.node("n2").room.set("v", "short"));
    assertEquals("short", await(cluster, cluster.node("n2").room.get("v")).value());
    cluster.sim.network().setLoss(0);
    cluster.sim.runFor(Duration.ofSeconds(7));
    cluster.awaitQuiet();
    for (String name : List.of("n1", "n2", "n3")) {
      VariableValue read = await(cluster, cluster.node(name).room.get("v"));
      assertEquals("a longer one", read.value());
      assertEquals(List.of(), read.siblings());
    }
    Future<VariableValue> refused = cluster.node("n3").room.set("v", 7);
    cluster.await(refused::isComplete, "an answer");
    MabeamException why = MabeamException.of(refused.cause());
    assertEquals(ErrorCode.INVALID, why.code());
    assertTrue(why.getMessage().contains("texts only"), why.getMessage());
  }

  /** It keeps what the others write and tells it, and has them answer. */
  @Test
  void shouldHaveAnotherNodeAnswerWhereTheFunctionIsMissing() throws Exception {
    bring();
    SimVariables.Broken oneLacksIt = new SimVariables.Broken();
    int[] nodes = {0};
    oneLacksIt.resolutions =
        () -> {
          boolean lacks = ++nodes[0] == 3;
          return options ->
              Resolution.here(
                  options.conflict().word(), lacks ? "nowhere" : options.merge());
        };
    SimVariables cluster = new SimVariables(1, 3, oneLacksIt);
    VariableOptions options = VariableOptions.DEFAULT.withMerge("acme.longest");
    await(cluster, cluster.node("n1").room.distribute("v", options));
    await(cluster, cluster.node("n3").room.set("v", "ab"));
    cluster.awaitQuiet();
    VariableValue read = await(cluster, cluster.node("n3").room.get("v"));
    assertEquals("ab", read.value());
    assertTrue(!read.node().startsWith("n3"), read.node());
    cluster.sim.runFor(Duration.ofSeconds(3));
    assertEquals(
        cluster.node("n1").store.get("v").state(), cluster.node("n3").store.get("v").state());
  }

  @Test
  void shouldRefuseAFunctionThatNobodyHasBrought() {
    SimVariables cluster = SimVariables.of(1, 3);
    Future<VariableInfo> made =
        cluster.node("n1").room.distribute("v", VariableOptions.DEFAULT.withMerge("median"));
    cluster.await(made::isComplete, "an answer");
    MabeamException refused = MabeamException.of(made.cause());
    assertEquals(ErrorCode.INVALID, refused.code());
    assertTrue(
        refused.hint().startsWith("offered: map-by-key, max, min, set-union, counter"),
        refused.hint());
  }

  private static <T> T await(SimVariables cluster, Future<T> future) {
    cluster.await(future::isComplete, "an answer");
    if (future.failed()) {
      throw new AssertionError(future.cause());
    }
    return future.result();
  }
}
