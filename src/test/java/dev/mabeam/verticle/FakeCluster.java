package dev.mabeam.verticle;

import dev.mabeam.bus.Bus;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.event.ClusterEvent;
import dev.mabeam.grid.MapKnowledge;
import dev.mabeam.membership.ClusterStatus;
import dev.mabeam.membership.NodeInfo;
import dev.mabeam.membership.NodeStatus;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;

/** Verticles of several nodes on one thread, with a clock that is turned by hand. */
final class FakeCluster {
  final Clock clock = new Clock();
  final Map<String, Function<JsonObject, Future<JsonObject>>> served = new HashMap<>();
  final MapKnowledge knowledge = new MapKnowledge();
  final Map<String, NodeInfo> nodes = new TreeMap<>();
  final Map<String, Verticles> verticles = new TreeMap<>();
  final Map<String, Host> hosts = new TreeMap<>();
  final List<ClusterEvent> events = new ArrayList<>();
  String coordinator = "";

  /** Adds a node with that load; the first is the coordinator. */
  Verticles add(String name, double load) {
    long incarnation = nodes.size() + 1;
    NodeInfo info = Nodes.loaded(name, incarnation, load);
    nodes.put(info.id(), info);
    if (coordinator.isEmpty()) {
      coordinator = info.id();
    }
    Host host = new Host();
    hosts.put(info.id(), host);
    Verticles added =
        new Verticles(
            info.id(), host, new FakeBus(), knowledge, this::status, events::add, clock,
            Runnable::run, Verticles.DEFAULT_LIMIT);
    verticles.put(info.id(), added);
    added.start();
    return added;
  }

  /** The node is gone: nobody serves its addresses, and the others know it or not yet. */
  void kill(String id, boolean noticed) {
    served.keySet().removeIf(address -> address.contains(id));
    if (noticed) {
      status(id, NodeStatus.FAILED);
    }
  }

  void status(String id, NodeStatus status) {
    nodes.computeIfPresent(id, (key, info) -> info.withStatus(status));
  }

  private ClusterStatus status() {
    return new ClusterStatus(
        "test",
        knowledge.readOnly ? ClusterStatus.READ_ONLY : ClusterStatus.NORMAL,
        1,
        coordinator,
        "ring",
        List.copyOf(nodes.values()));
  }

  private final class FakeBus implements Bus {
    @Override
    public Future<JsonObject> request(String address, JsonObject body, Duration deadline) {
      var server = served.get(address);
      if (server == null) {
        return Future.failedFuture(
            new MabeamException(ErrorCode.NOT_FOUND, "nobody serves " + address));
      }
      Promise<JsonObject> answer = Promise.promise();
      clock.after(
          deadline,
          () -> answer.tryFail(new MabeamException(ErrorCode.TIMEOUT, "no answer " + address)));
      server.apply(new JsonObject(body.encode())).onComplete(answer::tryComplete, answer::tryFail);
      return answer.future();
    }

    @Override
    public void publish(String address, JsonObject body) {
      throw new UnsupportedOperationException(address);
    }

    @Override
    public Future<Registration> serve(
        String address, Function<JsonObject, Future<JsonObject>> handler) {
      served.put(address, handler);
      return Future.succeededFuture(
          () -> {
            served.remove(address);
            return Future.succeededFuture();
          });
    }

    @Override
    public Future<Registration> listen(String address, Consumer<JsonObject> handler) {
      throw new UnsupportedOperationException(address);
    }
  }

  /** Starts anything at once, but what the test says. */
  static final class Host implements VerticleHost {
    final Map<String, Future<Running>> outcomes = new HashMap<>();
    final List<String> started = new ArrayList<>();
    final List<Runnable> ends = new ArrayList<>();
    Future<Void> stop = Future.succeededFuture();

    @Override
    public Future<Running> start(String className, JsonObject config, Runnable ended) {
      started.add(className);
      ends.add(ended);
      return outcomes.getOrDefault(
          className, Future.succeededFuture(() -> stop.onSuccess(done -> ended.run())));
    }
  }

  /** Time stands still until the test turns it. */
  static final class Clock implements Scheduler {
    private record Timer(long at, long number, Runnable task) {}

    private final PriorityQueue<Timer> timers =
        new PriorityQueue<>(Comparator.comparingLong(Timer::at).thenComparing(Timer::number));
    private long now;
    private long numbers;

    void turn(Duration by) {
      long until = now + by.toNanos();
      while (!timers.isEmpty() && timers.peek().at() <= until) {
        Timer timer = timers.poll();
        now = timer.at();
        timer.task().run();
      }
      now = until;
    }

    @Override
    public long nanos() {
      return now;
    }

    @Override
    public long wallMillis() {
      return now / 1_000_000;
    }

    @Override
    public Scheduled after(Duration delay, Runnable task) {
      Timer timer = new Timer(now + delay.toNanos(), numbers++, task);
      timers.add(timer);
      return () -> timers.remove(timer);
    }

    @Override
    public Scheduled every(Duration period, Runnable task) {
      Scheduled[] current = new Scheduled[1];
      current[0] =
          after(
              period,
              () -> {
                current[0] = every(period, task);
                task.run();
              });
      return () -> current[0].cancel();
    }
  }
}
