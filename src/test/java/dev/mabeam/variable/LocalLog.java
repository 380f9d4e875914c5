package dev.mabeam.variable;

import dev.mabeam.bus.VertxBus;
import dev.mabeam.consensus.Applying;
import dev.mabeam.consensus.Decisions;
import dev.mabeam.consensus.FixedMembers;
import dev.mabeam.consensus.StateMachine;
import dev.mabeam.error.MabeamException;
import dev.mabeam.event.ClusterEvent;
import dev.mabeam.grid.Knowledge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** One log in this JVM; every node applies it on a thread of its own. Nothing fails here. */
final class LocalLog implements AutoCloseable {
  private final FixedMembers members;
  private final List<Copy> copies = new ArrayList<>();
  private long index;

  LocalLog(FixedMembers members) {
    this.members = members;
  }

  synchronized Copy copy(StateMachine machine) {
    Copy copy = new Copy(machine);
    copies.add(copy);
    return copy;
  }

  /** One node's room that decides here, and shows in {@code shown} what it has. */
  Future<VariableSyncVerticle> deploy(
      Vertx vertx, int number, Knowledge shown, Consumer<ClusterEvent> events) {
    VariableDefinitions definitions = new VariableDefinitions();
    Copy copy = copy(definitions);
    VariableSyncVerticle verticle =
        new VariableSyncVerticle(
            scheduler ->
                new VariableContext(
                    "n" + number + "#" + number,
                    new VertxBus(vertx.eventBus()),
                    copy,
                    definitions,
                    () -> members,
                    () -> true,
                    shown,
                    events,
                    new ReplicaStore(new Random()),
                    scheduler,
                    new Random(),
                    new SimpleMeterRegistry()));
    return vertx.deployVerticle(verticle).map(verticle);
  }

  private synchronized void append(Copy proposer, Buffer command, Promise<Buffer> promise) {
    Applying at = new Applying(++index, members);
    for (Copy copy : copies) {
      copy.thread.execute(
          () -> {
            Future<Buffer> outcome;
            try {
              outcome = Future.succeededFuture(copy.machine.apply(at, command.copy()));
            } catch (MabeamException refused) {
              outcome = Future.failedFuture(refused);
            }
            copy.applied = at.index();
            if (copy == proposer) {
              outcome.onComplete(promise);
            }
          });
    }
  }

  @Override
  public synchronized void close() {
    copies.forEach(copy -> copy.thread.shutdownNow());
  }

  /** One node's. */
  final class Copy implements Decisions {
    private final StateMachine machine;
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private volatile long applied;

    private Copy(StateMachine machine) {
      this.machine = machine;
    }

    @Override
    public Future<Buffer> propose(String name, Buffer command, Duration deadline) {
      Promise<Buffer> promise = Promise.promise();
      append(this, command, promise);
      return promise.future();
    }

    @Override
    public Future<Void> barrier(Duration deadline) {
      Promise<Void> caughtUp = Promise.promise();
      thread.execute(caughtUp::complete);
      return caughtUp.future();
    }

    @Override
    public long appliedIndex() {
      return applied;
    }
  }
}
