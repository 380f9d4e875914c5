package dev.mabeam.variable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.consensus.Applying;
import dev.mabeam.consensus.FixedMembers;
import dev.mabeam.testing.sim.SimBus;
import dev.mabeam.testing.sim.SimGrid;
import dev.mabeam.testing.sim.SimNode;
import dev.mabeam.testing.sim.Simulation;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a hundred thousand variables cost in memory, each written once, on three nodes. */
@Tag("long")
class FootprintTest {
  private static final int VARIABLES = 100_000;
  private static final int FEW = 1_000;
  private static final int BATCH = 1_000;
  private static final FixedMembers MEMBERS = FixedMembers.of(1, 2, 3);

  private final Simulation sim = new Simulation(1);
  private final List<VariableRoom> rooms = new ArrayList<>();
  private final List<VariableDefinitions> machines = new ArrayList<>();
  private final List<ReplicaStore> stores = new ArrayList<>();
  private final List<SimpleMeterRegistry> meters = new ArrayList<>();

  @Test
  void shouldCostAllHeapsTogetherAKilobyteAVariableBeyondItsValue() {
    SimGrid grid = new SimGrid(sim);
    for (int i = 1; i <= 3; i++) {
      open(sim.start("n" + i), grid, i);
    }
    fill(0, FEW);
    double few = steadyBytes();
    long before = used();
    fill(FEW, FEW + VARIABLES);
    for (int i = 0; i < 60 && !isAtRest(); i++) {
      sim.runFor(Duration.ofSeconds(5));
    }
    assertTrue(isAtRest(), "all is at rest");
    double many = steadyBytes();
    double each = (used() - before) / (double) VARIABLES;
    long value = 3L * Buffer.buffer(String.valueOf(VARIABLES - 1)).length();
    System.out.printf(
        "%d variables on 3 nodes: %.0f bytes each in all heaps, %d of them the value;"
            + " comparing costs %.0f bytes/s with %d, %.0f with all%n",
        VARIABLES, each, value, few, FEW, many);
    for (VariableRoom room : rooms) {
      assertEquals(FEW + VARIABLES, room.count());
      assertEquals(77_777, room.get(name(77_777)).result().value());
      assertEquals(2, room.get(name(77_777)).result().version().size());
    }
    assertTrue(few > 0, "nothing is compared");
    assertEquals(few, many, few * 0.05);
    assertTrue(each - value <= 1_024, each + " bytes a variable in all heaps");
  }

  /** Distributes those variables, and writes each once. */
  private void fill(int from, int to) {
    for (int v = from; v < to; v++) {
      for (VariableDefinitions machine : machines) {
        machine.apply(
            new Applying(v + 1, MEMBERS),
            VariableDefinitions.distribute(name(v), VariableOptions.DEFAULT, "n1#1"));
      }
      if (v % BATCH == 0) {
        sim.runFor(Duration.ofMillis(10));
      }
    }
    sim.runFor(Duration.ofMillis(10));
    for (int v = from; v < to; v++) {
      rooms.get(v % 3).set(name(v), v, WriteOptions.DEFAULT);
      if (v % BATCH == 0) {
        sim.runFor(Duration.ofMillis(20));
      }
    }
    assertTrue(
        sim.runUntil(() -> rooms.stream().allMatch(VariableRoom::isQuiet), Duration.ofMinutes(5)),
        "all is told");
    sim.runFor(Duration.ofSeconds(5));
  }

  private double steadyBytes() {
    double before = digestBytes();
    sim.runFor(Duration.ofSeconds(60));
    return (digestBytes() - before) / 60;
  }

  private double digestBytes() {
    return meters.stream()
        .mapToDouble(
            meter ->
                meter.get("mabeam.variable.gossip.bytes").tag("kind", "digest").counter().count())
        .sum();
  }

  private static String name(int number) {
    return "variable-" + number;
  }

  /** Whether what nobody has looked at for a while is packed everywhere. */
  private boolean isAtRest() {
    return stores.stream().allMatch(store -> store.all().stream().allMatch(Replica::isAtRest));
  }

  private void open(SimNode host, SimGrid grid, int number) {
    VariableDefinitions machine = new VariableDefinitions();
    ReplicaStore store = new ReplicaStore(host.random());
    SimpleMeterRegistry meter = new SimpleMeterRegistry();
    meters.add(meter);
    VariableRoom room =
        VariableRoom.create(
            new VariableContext(
                "n" + number + "#" + number,
                SimBus.of(host),
                null,
                machine,
                () -> MEMBERS,
                () -> true,
                grid.join(host).knowledge("mabeam.variables"),
                event -> {},
                store,
                host.scheduler(),
                host.random(),
                meter));
    room.start();
    rooms.add(room);
    machines.add(machine);
    stores.add(store);
  }

  private static long used() {
    Runtime runtime = Runtime.getRuntime();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }
}
