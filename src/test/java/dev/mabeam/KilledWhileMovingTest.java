package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.agent.AgentSpec;
import dev.mabeam.membership.NodeStatus;
import dev.mabeam.migration.Foreseen;
import dev.mabeam.migration.Move;
import dev.mabeam.migration.Step;
import dev.mabeam.placement.Requirements;
import dev.mabeam.testing.FreePorts;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An agent moves between processes while it is asked all the time, and at each step of a move its
 * source, its target or the consensus leader gets SIGKILL. Every ask is answered, and the count is
 * exact. This JVM is a node too, which runs no agents and asks.
 */
@Tag("long")
class KilledWhileMovingTest {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int OUTSTANDING = 300;
  private static final List<String> WORKERS = List.of("w1", "w2", "w3");

  @TempDir Path directory;
  private final Map<String, Integer> blocks = new LinkedHashMap<>();
  private final Map<String, Process> processes = new TreeMap<>();
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicInteger sent = new AtomicInteger();
  private final AtomicInteger answered = new AtomicInteger();
  private final List<String> failures = new CopyOnWriteArrayList<>();
  private Mabeam asker;

  @AfterEach
  void close() throws InterruptedException {
    over.set(true);
    for (Process process : processes.values()) {
      process.destroyForcibly().waitFor();
    }
    if (asker != null) {
      asker.close().toCompletionStage().toCompletableFuture().join();
    }
  }

  private void launch(String name) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m",
                "-Djava.net.preferIPv4Stack=true",
                "-cp", System.getProperty("java.class.path"),
                MovingProcess.class.getName(),
                name, "" + blocks.get(name), directory.toString()));
    blocks.values().forEach(port -> command.add("" + port));
    processes.put(
        name,
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(directory.resolve(name + ".log").toFile()))
            .start());
  }

  private void start() throws Exception {
    for (String name : WORKERS) {
      blocks.put(name, FreePorts.block());
    }
    int own = FreePorts.block();
    blocks.put("asker", own);
    for (String name : WORKERS) {
      launch(name);
    }
    asker =
        Mabeam.start(
                new MabeamOptions()
                    .setName("asker")
                    .setSeeds(blocks.values().stream().map(port -> "127.0.0.1:" + port).toList())
                    .setLinkPort(own)
                    .setGridPort(own + 1)
                    .setBusPort(own + 2)
                    .setHttpPort(0)
                    .setJoinTimeout(PATIENCE))
            .toCompletionStage()
            .toCompletableFuture()
            .get(120, TimeUnit.SECONDS);
    await("the workers", this::allActive);
  }

  private boolean allActive() {
    return WORKERS.stream().allMatch(this::isActive);
  }

  private boolean isActive(String name) {
    return asker.status().nodes().stream()
        .anyMatch(node -> node.name().equals(name) && node.status() == NodeStatus.ACTIVE);
  }

  private void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() - end < 0, () -> "waited in vain for " + what + logs());
      LockSupport.parkNanos(10_000_000);
    }
  }

  /** The last that each worker has said. */
  private String logs() {
    StringBuilder all = new StringBuilder();
    for (String name : WORKERS) {
      try {
        String log = Files.readString(directory.resolve(name + ".log"));
        all.append("\n-- ").append(name).append(processes.get(name).isAlive() ? "" : ", ended");
        all.append('\n').append(log.substring(Math.max(0, log.length() - 1_500)));
      } catch (IOException none) {
        all.append("\n-- ").append(name).append(": ").append(none);
      }
    }
    return all.toString();
  }

  private Future<Object> ask(int add) {
    return asker.agents().ask("c", new JsonObject().put("add", add), PATIENCE);
  }

  /** Never more than a mailbox takes, however long the agent is away. */
  private void load() {
    while (!over.get()) {
      if (sent.get() - answered.get() - failures.size() > OUTSTANDING) {
        LockSupport.parkNanos(5_000_000);
        continue;
      }
      sent.incrementAndGet();
      ask(1)
          .onComplete(
              answer -> answered.incrementAndGet(), failure -> failures.add(failure.toString()));
      LockSupport.parkNanos(5_000_000);
    }
  }

  private String owner() {
    String node = asker.agents().get("c").map(AgentInfo::node).orElse("");
    return node.isEmpty() ? "" : node.substring(0, node.indexOf('#'));
  }

  private String leader() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + asker.httpPort() + "/api/v1/cluster"))
            .build();
    String body = HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
    String id = new JsonObject(body).getJsonObject("consensus").getString("leader");
    return id.isEmpty() ? "" : id.substring(0, id.indexOf('#'));
  }

  /** It runs, and three stores have it. */
  private boolean settled() {
    AgentInfo agent = asker.agents().get("c").orElseThrow();
    return !agent.node().isEmpty()
        && isActive(owner())
        && agent.set().stores().size() == 3
        && agent.set().previous().isEmpty();
  }

  @Test
  void shouldCountExactlyWhoeverIsKilledAtWhicheverStep() throws Exception {
    start();
    AgentSpec spec =
        AgentSpec.of("c", "counter")
            .withRequirements(
                new Requirements(
                    0, 0, List.of("worker"), List.of(), List.of(), List.of(), List.of()));
    asker.agents().deploy(spec).toCompletionStage().toCompletableFuture().get();
    Thread load = new Thread(this::load, "load");
    load.start();
    Map<String, Integer> killed = new TreeMap<>();
    for (Step step : Step.values()) {
      for (String who : List.of("source", "target", "leader")) {
        round(step, who, killed);
      }
    }
    over.set(true);
    load.join();
    await("every ask to end", () -> answered.get() + failures.size() == sent.get());
    JsonObject last =
        (JsonObject) ask(0).toCompletionStage().toCompletableFuture().get(90, TimeUnit.SECONDS);
    System.out.println(
        "killed: " + killed + "; sent " + sent + ", answered " + answered + ", counted "
            + last.getLong("count"));
    assertEquals(List.of(), failures);
    assertEquals(sent.get(), last.getLong("count"), "lost or counted twice");
  }

  private void round(Step step, String who, Map<String, Integer> killed) throws Exception {
    await("the agent to be settled before " + step, this::settled);
    String source = owner();
    String target =
        WORKERS.stream().filter(name -> !name.equals(source)).findFirst().orElseThrow();
    await(target + " to be ready for agents", foreseen(target));
    String holder = step.atSource() ? source : target;
    Files.writeString(directory.resolve(holder + ".step"), step.name());
    Future<Move> move = asker.migrations().migrate("c", target);
    await(
        step + " at " + holder,
        () -> {
          assertTrue(
              !move.isComplete() || Files.exists(directory.resolve(holder + ".reached")),
              () -> step + " was not reached: " + move);
          return Files.exists(directory.resolve(holder + ".reached"));
        });
    String victim =
        switch (who) {
          case "source" -> source;
          case "target" -> target;
          default -> leader();
        };
    if (processes.containsKey(victim)) {
      killed.merge(who, 1, Integer::sum);
      processes.get(victim).destroyForcibly().waitFor();
    }
    Files.createFile(directory.resolve(holder + ".go"));
    await("the move to end", move::isComplete);
    await("an answer after " + step, answersAgain());
    System.out.printf(
        "%s, %s (%s): %s%n",
        step, who, victim, move.succeeded() ? "moved" : move.cause().getMessage());
    if (processes.containsKey(victim)) {
      launch(victim);
      await(victim + " to be back", () -> isActive(victim));
    }
    for (String file : List.of(".step", ".reached", ".go")) {
      Files.deleteIfExists(directory.resolve(holder + file));
    }
  }

  /** A node that has just come is a member before its last room is open. */
  private BooleanSupplier foreseen(String target) {
    List<Future<Foreseen>> asked = new ArrayList<>();
    return () -> {
      if (asked.isEmpty() || asked.get(0).isComplete()) {
        boolean possible = !asked.isEmpty() && asked.get(0).succeeded();
        if (possible && asked.get(0).result().possible()) {
          return true;
        }
        asked.add(0, asker.migrations().foresee("c", target));
      }
      return false;
    };
  }

  private BooleanSupplier answersAgain() {
    Future<Object> next = ask(0);
    return next::succeeded;
  }
}
