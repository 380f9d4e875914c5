package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.testing.FreePorts;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What routing costs over the bare event bus, between two processes, in interleaved rounds. */
@Tag("long")
class RoutingBenchTest {
  private static final int ROUNDS = Integer.getInteger("mabeam.bench.rounds", 5);
  private static final int MILLIS = Integer.getInteger("mabeam.bench.millis", 2_000);

  private final List<Process> processes = new ArrayList<>();
  private PrintWriter to;
  private BufferedReader from;

  @BeforeEach
  void start() throws IOException {
    int first = FreePorts.block();
    int second = FreePorts.block();
    launch("1", first, first + 1);
    launch("2", second, second + 1, "127.0.0.1[" + first + "]");
    Process asker = processes.get(0);
    to = new PrintWriter(asker.getOutputStream(), true, StandardCharsets.UTF_8);
    from = asker.inputReader();
  }

  private void launch(String number, int grid, int bus, String... others) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "java", "-Xmx512m", "-cp", System.getProperty("java.class.path"),
                RoutingProcess.class.getName(), number, "" + grid, "" + bus));
    command.addAll(List.of(others));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    processes.add(process);
    BufferedReader output = process.inputReader();
    for (String line = output.readLine(); !"READY".equals(line); line = output.readLine()) {
      assertTrue(line != null, "process " + number + " ended");
    }
  }

  @AfterEach
  void stop() throws InterruptedException {
    for (Process process : processes) {
      process.destroyForcibly();
      process.waitFor(10, TimeUnit.SECONDS);
    }
  }

  private JsonObject measure(String what, int window, int millis) throws IOException {
    to.println(what + " " + window + " " + millis);
    JsonObject result = new JsonObject(from.readLine());
    assertEquals(0, result.getInteger("failed"), result.encode());
    return result;
  }

  @Test
  void shouldCostAtMostAQuarterOfTheBareBus() throws IOException {
    measure("bus", 256, 4 * MILLIS);
    measure("agent", 256, 4 * MILLIS);
    List<String> tooSlow = new ArrayList<>();
    for (int window : List.of(1, 64, 256)) {
      double[] ratios = new double[ROUNDS];
      for (int round = 0; round < ROUNDS; round++) {
        JsonObject bus = measure("bus", window, MILLIS);
        JsonObject agent = measure("agent", window, MILLIS);
        ratios[round] = agent.getDouble("perSecond") / bus.getDouble("perSecond");
        System.out.println(window + " outstanding: bus " + bus + " agent " + agent);
      }
      Arrays.sort(ratios);
      double median = ratios[ROUNDS / 2];
      System.out.printf("%d outstanding: agents at %.2f of the bus%n", window, median);
      if (median < 0.75) {
        tooSlow.add(window + " outstanding: " + median);
      }
    }
    assertEquals(List.of(), tooSlow);
  }
}
