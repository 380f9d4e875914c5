package dev.mabeam.agent;

import dev.mabeam.checkpoint.Checkpoint;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** {@link AgentMoves} for another thread than the agents' room's. */
final class HoppingMoves implements AgentMoves {
  private final AgentMoves moves;
  private final Executor toRoom;
  private final Executor toCaller;

  HoppingMoves(AgentMoves moves, Executor toRoom, Executor toCaller) {
    this.moves = moves;
    this.toRoom = toRoom;
    this.toCaller = toCaller;
  }

  private <T> Future<T> call(Supplier<Future<T>> task) {
    Promise<T> result = Promise.promise();
    toRoom.execute(
        () -> {
          Future<T> outcome;
          try {
            outcome = task.get();
          } catch (RuntimeException failure) {
            outcome = Future.failedFuture(failure);
          }
          outcome.onComplete(done -> toCaller.execute(() -> result.handle(done)));
        });
    return result.future();
  }

  @Override
  public Future<Departure> depart(String id) {
    return call(() -> moves.depart(id).map(Leaving::new));
  }

  @Override
  public Future<Arrival> arrive(AgentSpec spec, long epoch, Checkpoint carried) {
    return call(() -> moves.arrive(spec, epoch, carried).map(Arriving::new));
  }

  @Override
  public Future<Long> flip(String id, long epoch, String toNode) {
    return call(() -> moves.flip(id, epoch, toNode));
  }

  @Override
  public Future<Long> recover(String id, long epoch, String toNode, boolean acceptLoss) {
    return call(() -> moves.recover(id, epoch, toNode, acceptLoss));
  }

  @Override
  public Future<Void> unavailable(String id, long epoch, String why) {
    return call(() -> moves.unavailable(id, epoch, why));
  }

  @Override
  public Future<Optional<AgentInfo>> decided(String id) {
    return call(() -> moves.decided(id));
  }

  @Override
  public List<AgentInfo> ownerless() {
    return moves.ownerless();
  }

  @Override
  public Future<Void> cordon(String node, boolean drained) {
    return call(() -> moves.cordon(node, drained));
  }

  @Override
  public Future<Void> uncordon(String node) {
    return call(() -> moves.uncordon(node));
  }

  @Override
  public Set<String> cordoned() {
    return moves.cordoned();
  }

  @Override
  public Optional<String> drained() {
    return moves.drained();
  }

  @Override
  public void onChange(Runnable listener) {
    toRoom.execute(() -> moves.onChange(() -> toCaller.execute(listener)));
  }

  private final class Leaving implements Departure {
    private final Departure departure;

    Leaving(Departure departure) {
      this.departure = departure;
    }

    @Override
    public long epoch() {
      return departure.epoch();
    }

    @Override
    public AgentSpec spec() {
      return departure.spec();
    }

    @Override
    public Checkpoint carried() {
      return departure.carried();
    }

    @Override
    public void resume() {
      toRoom.execute(departure::resume);
    }

    @Override
    public void forward(String owner, long epoch) {
      toRoom.execute(() -> departure.forward(owner, epoch));
    }
  }

  private final class Arriving implements Arrival {
    private final Arrival arrival;
    private final Future<Void> running;

    Arriving(Arrival arrival) {
      this.arrival = arrival;
      running = call(arrival::running);
    }

    @Override
    public Future<Void> running() {
      return running;
    }

    @Override
    public void abandon() {
      toRoom.execute(arrival::abandon);
    }
  }
}
