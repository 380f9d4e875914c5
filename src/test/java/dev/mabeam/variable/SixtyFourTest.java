package dev.mabeam.variable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.consensus.Decisions;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Every combination of level, strategy and resolution under every fault that the simulation has,
 * against the checker of its level. What came of each is in {@code target/variables-table.md}.
 *
 * <p>One seed of one combination again:
 *
 * <pre>mvn test -Dtest=SixtyFourTest -Dsixtyfour=causal/gossip/merge_function/17</pre>
 */
class SixtyFourTest {
  private static final String REPLAY = "sixtyfour";
  private static final Path TABLE = Path.of("target", "variables-table.md");
  private static final int SAMPLE = 8;

  @Test
  void shouldKeepItsPromiseInEveryCombination() {
    String replay = System.getProperty(REPLAY);
    if (replay != null) {
      int end = replay.lastIndexOf('/');
      long seed = Long.parseLong(replay.substring(end + 1));
      System.out.println(play(Combination.of(replay.substring(0, end)), seed) + " operations");
    } else {
      run(1, 1);
    }
  }

  @Test
  @Tag("long")
  void shouldKeepItsPromiseInEveryCombinationForManySeeds() {
    run(2, 21);
  }

  /** What the seeds of one combination came to. */
  private record Cell(Combination combination, int seeds, long operations, List<String> failures) {
    String result() {
      return failures.isEmpty() ? "holds" : "FAILED: " + failures.size();
    }
  }

  private static void run(long firstSeed, long lastSeed) {
    List<Cell> cells = new ArrayList<>();
    for (Combination combination : Combination.all()) {
      Cell cell = run(combination, firstSeed, lastSeed);
      System.out.printf(
          "%s: seeds %d to %d, %d operations, %s%n",
          combination, firstSeed, lastSeed, cell.operations, cell.result());
      cells.add(cell);
    }
    write(cells, firstSeed, lastSeed);
    assertEquals(64, cells.size());
    List<String> failures = cells.stream().flatMap(cell -> cell.failures.stream()).toList();
    assertTrue(failures.isEmpty(), () -> String.join("\n", failures));
    for (Cell cell : cells) {
      assertTrue(cell.operations > 40L * cell.seeds, cell::toString);
    }
  }

  private static Cell run(Combination combination, long firstSeed, long lastSeed) {
    List<String> failures = new ArrayList<>();
    long operations = 0;
    for (long seed = firstSeed; seed <= lastSeed; seed++) {
      try {
        operations += play(combination, seed);
      } catch (AssertionError | RuntimeException failure) {
        failures.add("-D" + REPLAY + "=" + combination + "/" + seed + ": " + failure.getMessage());
      }
    }
    return new Cell(combination, (int) (lastSeed - firstSeed + 1), operations, failures);
  }

  private static long play(Combination combination, long seed) {
    return play(combination, seed, new SimVariables.Broken(), true);
  }

  private static long play(
      Combination combination, long seed, SimVariables.Broken broken, boolean tokens) {
    // Another world for each combination, not sixty-four times the same faults.
    long world = 1_000 * seed + Combination.all().indexOf(combination);
    if (combination.level() == Consistency.STRONG) {
      return new StrongRun(combination, world, broken).play();
    }
    WeakRun run = new WeakRun(combination, world, broken, tokens);
    try {
      return run.play();
    } finally {
      if (System.getProperty(REPLAY) != null) {
        run.trace.forEach(System.out::println);
      }
    }
  }

  private static void write(List<Cell> cells, long firstSeed, long lastSeed) {
    StringBuilder text = new StringBuilder("# Every combination under the simulation\n\n");
    text.append("Five nodes, replica sets of two and three that overlap; seeds ").append(firstSeed)
        .append(" to ").append(lastSeed).append(".\n\n")
        .append("| consistency | strategy | resolution | checked for | seeds | operations | |\n")
        .append("|---|---|---|---|---:|---:|---|\n");
    for (Cell cell : cells) {
      Combination of = cell.combination;
      text.append(
          String.format(
              "| %s | %s | %s | %s | %d | %d | %s |%n",
              of.level().word(), of.sync().word(), of.conflict().word(), promise(of.level()),
              cell.seeds, cell.operations, cell.result()));
    }
    Map<String, Long> sums = new TreeMap<>();
    cells.forEach(cell -> sums.merge(cell.result(), 1L, Long::sum));
    text.append('\n').append(sums).append('\n');
    cells.forEach(cell -> cell.failures.forEach(why -> text.append("\n- ").append(why)));
    try {
      Files.createDirectories(TABLE.getParent());
      Files.writeString(TABLE, text);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static String promise(Consistency level) {
    return switch (level) {
      case EVENTUAL -> "convergence";
      case SESSION -> "four guarantees, convergence";
      case CAUSAL -> "causality, four guarantees, convergence";
      case STRONG -> "linearizability";
    };
  }

  // ---- broken on purpose ----------------------------------------------------------------------

  @Test
  void shouldCatchAMergeThatDependsOnTheOrderOfArrival() {
    requireCaught(
        "eventual/gossip/last_writer_wins",
        "replicas differ",
        seed -> SimVariables.Broken.lastArrivedWins(),
        true);
  }

  @Test
  void shouldCatchThatTokensAreIgnored() {
    for (String conflict : List.of("last_writer_wins", "merge_function")) {
      requireCaught(
          "session/gossip/" + conflict, "not kept", seed -> new SimVariables.Broken(), false);
    }
  }

  /** Of registers {@link CausalSimTest} has it. */
  @Test
  void shouldCatchThatDependenciesAreNotWaitedFor() {
    requireCaught(
        "causal/gossip/merge_function",
        "not causal",
        seed -> SimVariables.Broken.withoutDependencies(),
        true);
  }

  /** Of registers {@link StrongSimTest} has it. */
  @Test
  void shouldCatchReadsThatNobodyConfirmed() {
    requireCaught(
        "strong/gossip/merge_function", "not linearizable", seed -> unconfirmed(), true);
  }

  private static SimVariables.Broken unconfirmed() {
    SimVariables.Broken broken = new SimVariables.Broken();
    broken.decisions =
        decisions ->
            new Decisions() {
              @Override
              public Future<Buffer> propose(String machine, Buffer command, Duration deadline) {
                return decisions.propose(machine, command, deadline);
              }

              @Override
              public Future<Void> barrier(Duration deadline) {
                return Future.succeededFuture();
              }

              @Override
              public long appliedIndex() {
                return decisions.appliedIndex();
              }
            };
    return broken;
  }

  /** At least two seeds have to tell. */
  private static void requireCaught(
      String combination, String why, Function<Long, SimVariables.Broken> broken, boolean tokens) {
    Combination of = Combination.of(combination);
    Caught.require(2, SAMPLE, why, seed -> play(of, seed, broken.apply(seed), tokens));
  }
}
