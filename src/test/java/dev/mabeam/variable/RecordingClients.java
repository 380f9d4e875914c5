package dev.mabeam.variable;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.testing.HttpRelay;
import dev.mabeam.testing.ProcessCluster;
import dev.mabeam.testing.check.History;
import dev.mabeam.testing.check.Operation;
import dev.mabeam.testing.check.Register;
import dev.mabeam.testing.check.SequentialModel;
import dev.mabeam.testing.check.Verdict;
import dev.mabeam.testing.check.WingGong;
import dev.mabeam.testing.sim.Seeds;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients of strong variables that hold a number, 0 at first, over HTTP: each reads, writes and
 * compares at a node, one operation after the other, goes to another when there is no answer, now
 * and then for no reason, and all is recorded. No value is written twice.
 *
 * <p>A write that failed with TIMEOUT, or of which nothing was heard any more, may have happened;
 * what failed in any other way has not.
 */
final class RecordingClients implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(2);
  private static final Duration PATIENCE = Duration.ofSeconds(4);
  private static final int ROAMS = 50;

  /** An operation on one of the variables. */
  private record Asked(String variable, Register.Op op) {}

  private static final SequentialModel<Long, Asked, Long> MODEL =
      Register.MODEL.askedBy(Asked::op);

  private final Map<String, HttpRelay> relays = new LinkedHashMap<>();
  private final List<String> nodes;
  private final List<String> variables;
  private final boolean stale;
  private final Duration pause;
  private final History<Asked, Long> history = new History<>();
  private final AtomicLong values = new AtomicLong();
  private final AtomicLong answered = new AtomicLong();
  private final Map<String, AtomicInteger> outcomes = new ConcurrentHashMap<>();
  /** When that which a node answered last was asked. */
  private final Map<String, Long> askedLast = new ConcurrentHashMap<>();
  private final List<Throwable> broken = new CopyOnWriteArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean ended;

  /**
   * None yet.
   *
   * @param pause of each client between two operations, on average
   * @param stale whether reads are asked to be as old as they may be, and recorded as if they were
   *     not
   */
  RecordingClients(
      ProcessCluster cluster, List<String> variables, Duration pause, boolean stale) {
    this.nodes = cluster.names();
    this.variables = List.copyOf(variables);
    this.pause = pause;
    this.stale = stale;
    nodes.forEach(node -> relays.put(node, HttpRelay.to(cluster, node)));
  }

  /** Starts one more client. */
  void start() {
    Client client = new Client(threads.size());
    Thread thread = new Thread(client::run, "client " + client.number);
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  /** How many operations got an answer. */
  long answered() {
    requireSound();
    return answered.get();
  }

  /** Which nodes have answered nothing that was asked after {@code nanoTime}. */
  List<String> silentSince(long nanoTime) {
    requireSound();
    return nodes.stream()
        .filter(node -> !askedLast.containsKey(node) || askedLast.get(node) - nanoTime <= 0)
        .toList();
  }

  private void requireSound() {
    if (!broken.isEmpty()) {
      throw new AssertionError("a client ended", broken.get(0));
    }
  }

  /** What became of how many. */
  Map<String, AtomicInteger> outcomes() {
    return new TreeMap<>(outcomes);
  }

  /** What one correct number each could not have answered. */
  Verdict check() {
    List<Operation<Asked, Long>> operations = history.operations();
    // A read of which nothing was heard says nothing.
    operations.removeIf(
        each -> !each.completed() && each.input().op instanceof Register.Read);
    return WingGong.checkByKey(operations, Asked::variable, MODEL);
  }

  /** Lets each end what it has begun; nothing is asked any more. */
  void end() {
    ended = true;
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted", stop);
      }
    }
    requireSound();
  }

  @Override
  public void close() {
    ended = true;
    relays.values().forEach(HttpRelay::close);
  }

  /** Reads every variable at every node. */
  void readAll() {
    for (String node : nodes) {
      Client client = new Client(threads.size());
      client.node = node;
      for (String variable : variables) {
        client.ask(variable, new Register.Read());
      }
    }
  }

  private final class Client {
    private final int number;
    private final Random random;
    /** What it saw last of each variable. */
    private final Map<String, Long> seen = new HashMap<>();
    private String node;

    Client(int number) {
      this.number = number;
      random = Seeds.random(number);
      node = nodes.get(number % nodes.size());
    }

    void run() {
      try {
        while (!ended) {
          String variable = variables.get(random.nextInt(variables.size()));
          ask(variable, operation(variable));
          if (random.nextInt(ROAMS) == 0) {
            goElsewhere();
          }
          LockSupport.parkNanos((long) (random.nextDouble() * 2 * pause.toNanos()));
        }
      } catch (RuntimeException | Error failure) {
        broken.add(failure);
      }
    }

    private Register.Op operation(String variable) {
      return switch (random.nextInt(4)) {
        case 0 -> new Register.Write(values.incrementAndGet());
        case 1 ->
            new Register.Cas(seen.getOrDefault(variable, 0L), values.incrementAndGet());
        default -> new Register.Read();
      };
    }

    private void goElsewhere() {
      List<String> others = nodes.stream().filter(each -> !each.equals(node)).toList();
      node = others.get(random.nextInt(others.size()));
    }

    void ask(String variable, Register.Op op) {
      long now = System.nanoTime();
      String path = "/api/v1/variables/" + variable + "?timeoutMs=" + DEADLINE.toMillis();
      boolean reads = op instanceof Register.Read;
      var call = history.invoke(number, new Asked(variable, op));
      HttpRelay.Answer answer =
          relays
              .get(node)
              .send(
                  reads ? "GET" : "PUT",
                  path + (reads && stale ? "&stale=true" : ""),
                  body(op),
                  PATIENCE)
              .join();
      String code = answer.kind() == HttpRelay.Kind.ANSWERED ? code(answer) : "" + answer.kind();
      boolean differs = code.equals(ErrorCode.CONFLICT.name()) && op instanceof Register.Cas;
      outcomes.computeIfAbsent(code, none -> new AtomicInteger()).incrementAndGet();
      if (code.isEmpty() || differs) {
        long output = output(variable, op, differs, answer);
        call.returned(output);
        answered.incrementAndGet();
        askedLast.merge(node, now, Math::max);
      } else {
        failed(call, code);
      }
    }

    private void failed(History<Asked, Long>.Call call, String code) {
      boolean unheard = code.equals("" + HttpRelay.Kind.LOST);
      if (unheard || code.equals(ErrorCode.TIMEOUT.name())) {
        call.unknown();
      } else {
        call.refused();
      }
      if (unheard || code.equals("" + HttpRelay.Kind.REFUSED) || random.nextBoolean()) {
        goElsewhere();
      }
    }

    private long output(
        String variable, Register.Op op, boolean differs, HttpRelay.Answer answer) {
      if (op instanceof Register.Write write) {
        seen.put(variable, write.value());
        return 0;
      } else if (op instanceof Register.Cas cas) {
        if (!differs) {
          seen.put(variable, cas.value());
        }
        return differs ? 0 : 1;
      }
      JsonObject read = new JsonObject(answer.body());
      if (read.getBoolean("stale", false) != stale) {
        throw new AssertionError("not what was asked for: " + answer);
      }
      long value = read.getLong("value");
      seen.put(variable, value);
      return value;
    }
  }

  private static String body(Register.Op op) {
    JsonObject body = new JsonObject();
    if (op instanceof Register.Write write) {
      body.put("value", write.value());
    } else if (op instanceof Register.Cas cas) {
      body.put("value", cas.value()).put("expected", cas.expected());
    } else {
      return "";
    }
    return body.encode();
  }

  /** Empty if it is a success. */
  private static String code(HttpRelay.Answer answer) {
    return answer.status() < 300
        ? ""
        : new JsonObject(answer.body()).getJsonObject("error").getString("code");
  }
}
