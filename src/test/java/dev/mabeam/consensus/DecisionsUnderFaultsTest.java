package dev.mabeam.consensus;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mabeam.testing.Namespaces;
import dev.mabeam.testing.Nemesis;
import dev.mabeam.testing.Nemesis.Fault;
import dev.mabeam.testing.Processes;
import dev.mabeam.testing.check.Operation;
import dev.mabeam.testing.check.Register;
import dev.mabeam.testing.check.Zones;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Five real processes that decide, each in a network of its own. While clients in all of them read
 * and write, processes are killed, paused and cut off; what the clients saw has to be linearizable.
 */
class DecisionsUnderFaultsTest {
  private static final String[] NODES = {"n1", "n2", "n3", "n4", "n5"};
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long SECOND = 1_000_000_000L;
  private static final int PER_SECOND = 250;
  private static final List<Fault> FAULTS = List.of(Fault.KILL, Fault.PAUSE, Fault.CUT);
  private static final Duration LONGEST_FAULT = Duration.ofSeconds(9);

  private final Map<Long, Asked> asked = new LinkedHashMap<>();
  private final TreeMap<Long, Long> decided = new TreeMap<>();
  private final Map<String, Integer> lives = new HashMap<>();
  private final Map<String, String> leaders = new HashMap<>();
  private final Map<String, String> selves = new HashMap<>();
  private final Map<String, Integer> voters = new HashMap<>();
  private Namespaces net;
  private Processes nodes;

  private static final class Asked {
    int process;
    Register.Op op;
    String key;
    long invoked;
    long returned = Operation.NEVER;
    long output;
    boolean refused;
  }

  @BeforeAll
  static void needsNamespaces() {
    Optional<String> why = Namespaces.unavailable();
    assumeTrue(why.isEmpty(), () -> "skipped: " + why.orElseThrow());
  }

  @Test
  @Tag("long")
  void shouldBeLinearizableWhileProcessesAreKilledPausedAndCutOff() {
    run(20_000, Duration.ofMinutes(5), true);
  }

  @Test
  void shouldGoOnAfterTheLeaderIsKilledAndAfterItIsCutOff() {
    run(1_500, Duration.ofMinutes(2), false);
  }

  private void run(int operations, Duration atMost, boolean storm) {
    try (Namespaces made = Namespaces.of(NODES);
        Processes processes = Processes.in(made)) {
      net = made;
      nodes = processes;
      for (String node : NODES) {
        start(node);
      }
      awaitFiveVoters();
      long until = System.nanoTime() + atMost.toNanos();
      gapAfter("the leader was killed", this::kill);
      awaitFiveVoters();
      gapAfter("the leader was cut off", leader -> net.cut(leader));
      net.heal();
      awaitFiveVoters();
      Random random = new Random(1);
      Nemesis nemesis =
          new Nemesis(
              List.of(NODES), FAULTS, new Victims(), random, LONGEST_FAULT,
              time -> settle(time.toNanos()));
      while (answered() < operations && System.nanoTime() < until) {
        if (storm) {
          nemesis.strike();
        }
        settle((2 + random.nextInt(4)) * SECOND);
      }
      calm();
      assertTrue(answered() >= operations, () -> "only " + answered() + " operations ended");
      check();
    }
  }

  // ---- faults ---------------------------------------------------------------------------------

  private void start(String node) {
    int life = lives.merge(node, 1, Integer::sum);
    List<String> command =
        new ArrayList<>(
            List.of(
                System.getProperty("java.home") + "/bin/java", "-Xmx128m", "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", "-Djava.net.preferIPv4Stack=true",
                "-cp", System.getProperty("java.class.path"), DecidingProcess.class.getName(),
                node, "" + life, net.address(node), "" + PER_SECOND));
    for (String seed : NODES) {
      command.add(net.address(seed));
    }
    nodes.start(node, command);
  }

  private void kill(String node) {
    nodes.kill(node);
    drain();
    start(node);
  }

  private final class Victims implements Nemesis.Victims {
    @Override
    public void kill(String node) {
      DecisionsUnderFaultsTest.this.kill(node);
    }

    /** It runs already. */
    @Override
    public void start(String node) {}

    @Override
    public void pause(String node) {
      nodes.pause(node);
    }

    @Override
    public void resume(String node) {
      nodes.resume(node);
    }

    @Override
    public void cut(String node) {
      net.cut(node);
    }

    @Override
    public void cutOneWay(String from, String to) {
      net.cutOneWay(from, to);
    }

    @Override
    public void heal() {
      net.heal();
    }
  }

  private void calm() {
    net.heal();
    settle(5 * SECOND);
  }

  /** Strikes the leader, and tells for how long nothing was decided then. */
  private void gapAfter(String what, java.util.function.Consumer<String> strike) {
    String leader = awaitLeader();
    long from = System.nanoTime();
    strike.accept(leader);
    settle(8 * SECOND);
    long before = from;
    long longest = 0;
    for (long write : decided.tailMap(from).keySet()) {
      longest = Math.max(longest, write - before);
      before = write;
    }
    assertTrue(before > from, "nothing was decided after " + what);
    System.out.printf("%s: no decision for %d ms%n", what, longest / 1_000_000);
  }

  private void awaitFiveVoters() {
    long until = System.nanoTime() + PATIENCE.toNanos();
    do {
      voters.clear();
      settle(2 * SECOND);
      if (System.nanoTime() > until) {
        throw new AssertionError("five nodes do not come to vote: " + voters + " " + selves);
      }
    } while (voters.size() < NODES.length || !voters.values().stream().allMatch(n -> n == 5));
  }

  private String awaitLeader() {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < until) {
      settle(SECOND / 5);
      for (String leader : leaders.values()) {
        for (Map.Entry<String, String> self : selves.entrySet()) {
          if (self.getValue().equals(leader) && nodes.isAlive(self.getKey())) {
            return self.getKey();
          }
        }
      }
    }
    throw new AssertionError("no leader was seen: " + leaders);
  }

  // ---- what the clients say -------------------------------------------------------------------

  /** Takes in what is said for so long; a node that was expelled is started again. */
  private void settle(long nanos) {
    long until = System.nanoTime() + nanos;
    do {
      drain();
      for (String node : NODES) {
        if (!nodes.isAlive(node)) {
          drain();
          start(node);
        }
      }
      pause();
    } while (System.nanoTime() < until);
  }

  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", stop);
    }
  }

  private void drain() {
    for (String node : NODES) {
      for (String line : nodes.lines(node)) {
        hear(node, line.split(" "));
      }
    }
  }

  private void hear(String node, String[] words) {
    switch (words[0]) {
      case "W" -> ask(node, words[1], words[2], new Register.Write(Long.parseLong(words[3])), words[4]);
      case "R" -> ask(node, words[1], words[2], new Register.Read(), words[3]);
      case "=" -> {
        Asked call = asked.get(Long.parseLong(words[1]));
        call.output = Long.parseLong(words[2]);
        call.returned = Long.parseLong(words[3]);
        if (call.op instanceof Register.Write) {
          decided.put(call.returned, 1L);
        }
      }
      case "x" -> asked.get(Long.parseLong(words[1])).refused = true;
      case "S" -> {
        voters.put(node, Integer.parseInt(words[1]));
        selves.put(node, words[2]);
        leaders.put(node, words.length > 3 ? words[3] : "");
      }
      default -> {}
    }
  }

  private void ask(String node, String id, String key, Register.Op op, String time) {
    Asked call = new Asked();
    call.process = node.charAt(1) - '0';
    call.op = op;
    call.key = key;
    call.invoked = Long.parseLong(time);
    asked.put(Long.parseLong(id), call);
  }

  private long answered() {
    return asked.values().stream()
        .filter(call -> !call.refused && call.returned != Operation.NEVER)
        .count();
  }

  private void check() {
    Map<String, List<Operation<Register.Op, Long>>> byKey = new TreeMap<>();
    int refused = 0;
    int unknown = 0;
    for (Asked call : asked.values()) {
      if (call.refused) {
        refused++;
        continue;
      }
      boolean ended = call.returned != Operation.NEVER;
      unknown += ended ? 0 : 1;
      if (ended || call.op instanceof Register.Write) {
        byKey
            .computeIfAbsent(call.key, key -> new ArrayList<>())
            .add(
                new Operation<>(
                    call.process, call.op, ended ? call.output : null, call.invoked,
                    call.returned));
      }
    }
    byKey.values().forEach(history -> Zones.check(history).require());
    System.out.printf(
        "%d operations on %d registers are linearizable; %d refused, %d unknown; lives %s%n",
        answered(), byKey.size(), refused, unknown, lives);
  }
}
