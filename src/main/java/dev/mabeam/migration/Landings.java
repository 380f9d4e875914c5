package dev.mabeam.migration;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.agent.AgentMoves;
import dev.mabeam.agent.Places;
import dev.mabeam.bus.Bus;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.migration.ChunkFrames.Chunk;
import dev.mabeam.migration.ChunkFrames.Received;
import dev.mabeam.migration.Landing.State;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The target's side of every {@link Handoff} to this node.
 *
 * <p>A place that is kept, but for which nothing comes, is given up after {@link #IDLE}. An agent
 * that was made is given up only when it is known that nobody will have it decided any more: the
 * directory has another epoch of it elsewhere, or has it no more, or its source says that it goes
 * on there. If the source is gone, whoever recovers the agent may choose this node; what was made
 * is kept for {@link #ORPHANED} in that hope, since it spares reading the state again.
 */
final class Landings {
  static final Duration IDLE = Duration.ofSeconds(20);
  static final Duration ORPHANED = Duration.ofSeconds(30);
  private static final Duration CHECK = Duration.ofSeconds(2);
  private static final Duration QUESTION = Duration.ofSeconds(2);

  private final String nodeId;
  private final AgentMoves moves;
  private final Function<String, Optional<AgentInfo>> copy;
  private final Places places;
  private final Bus bus;
  private final Scheduler scheduler;
  private final Steps steps;
  private final Map<Long, Landing> landings = new HashMap<>();
  private Scheduler.Scheduled check = () -> {};

  /**
   * @param copy what this node's copy of the directory has of an agent
   */
  Landings(
      String nodeId,
      AgentMoves moves,
      Function<String, Optional<AgentInfo>> copy,
      Places places,
      Bus bus,
      Scheduler scheduler,
      Steps steps) {
    this.nodeId = nodeId;
    this.moves = moves;
    this.copy = copy;
    this.places = places;
    this.bus = bus;
    this.scheduler = scheduler;
    this.steps = steps;
  }

  void start() {
    check = scheduler.every(CHECK, this::check);
  }

  /**
   * Keeps a place for the agent of that epoch, or, for a trial, only says whether there is one.
   * NO_SUITABLE_NODES with the reasons, STALE_EPOCH if the agent is another one by now.
   */
  Future<Void> reserve(long move, String agent, long epoch, String source, boolean trial) {
    if (landings.containsKey(move)) {
      return Future.succeededFuture();
    }
    return known(agent, epoch)
        .map(
            info -> {
              if (trial) {
                places.requireRoom(info.spec(), nodeId);
              } else if (!landings.containsKey(move)) {
                places.reserve(info.spec(), nodeId);
                landings.put(
                    move, new Landing(move, info.spec(), epoch, source, scheduler.nanos()));
              }
              return null;
            });
  }

  /** This node's copy may be behind the source's. */
  private Future<AgentInfo> known(String agent, long epoch) {
    Optional<AgentInfo> here = copy.apply(agent).filter(info -> info.epoch() == epoch);
    Future<Optional<AgentInfo>> found =
        here.isPresent() ? Future.succeededFuture(here) : moves.decided(agent);
    return found.map(
        info ->
            info.filter(current -> current.epoch() == epoch)
                .orElseThrow(
                    () ->
                        new MabeamException(
                            ErrorCode.STALE_EPOCH,
                            "agent '" + agent + "' is not at epoch " + epoch + " any more",
                            "look where it is, and ask again")));
  }

  /** A piece of a state has come; what to answer. */
  Received take(Chunk chunk) {
    Landing landing = landings.get(chunk.move());
    if (landing == null) {
      return new Received(chunk.move(), -1);
    }
    landing.heardNanos = scheduler.nanos();
    if (landing.whole()) {
      return new Received(chunk.move(), chunk.count());
    }
    return new Received(chunk.move(), landing.take(chunk));
  }

  /**
   * Makes the agent once all of its state has come. FAILED_TO_START_ON_TARGET with the cause,
   * NOT_FOUND if no place is kept any more.
   */
  Future<Void> restore(long move, JsonObject manifest) {
    Landing landing = landings.get(move);
    if (landing == null) {
      return Future.failedFuture(unknown(move));
    }
    landing.heardNanos = scheduler.nanos();
    if (landing.state == State.RESERVED && !landing.expected) {
      landing.expected = true;
      landing
          .expect(manifest)
          .compose(bytes -> make(landing, manifest, bytes))
          .onFailure(failure -> giveUp(landing, failure));
    }
    return landing.restored.future();
  }

  private Future<Void> make(Landing landing, JsonObject manifest, Buffer bytes) {
    steps.reached(Step.RECEIVED, landing.spec.id());
    landing.state = State.RESTORING;
    return moves
        .arrive(landing.spec, landing.epoch, Cargo.unpack(manifest, bytes))
        .map(
            arrival -> {
              landing.heardNanos = scheduler.nanos();
              if (landing.state == State.ENDED) {
                arrival.abandon();
                return null;
              }
              landing.arrival = arrival;
              landing.running = arrival.running();
              landing.state = State.READY;
              landing.running.onComplete(done -> landed(landing));
              steps.reached(Step.RESTORED, landing.spec.id());
              landing.restored.tryComplete();
              return null;
            });
  }

  /** It runs here, or the agent room has said that it will not: then it is begun anew there. */
  private void landed(Landing landing) {
    if (landing.state != State.ENDED) {
      landing.state = State.ENDED;
      landing.arrival = null;
      scheduler.after(IDLE, () -> landings.remove(landing.move, landing));
    }
  }

  private void giveUp(Landing landing, Throwable failure) {
    if (landing.state != State.ENDED) {
      places.givenUp(landing.spec.id());
      landings.remove(landing.move, landing);
      landing.restored.tryFail(failure);
      landing.end(failure.getMessage());
    }
  }

  /** Completes when the agent takes messages here. */
  Future<Void> runs(long move, String agent, long epoch) {
    Landing landing = landings.get(move);
    if (landing == null || landing.running == null) {
      // Forgotten by now if the source took long to find out; or begun from the stores.
      boolean here =
          copy.apply(agent)
              .filter(info -> info.node().equals(nodeId) && info.epoch() >= epoch)
              .isPresent();
      return here ? Future.succeededFuture() : Future.failedFuture(unknown(move));
    }
    return landing
        .running
        .onSuccess(running -> steps.reached(Step.RUNNING, landing.spec.id()));
  }

  /** The source says that it will not be this node's. */
  void abandon(long move) {
    Landing landing = landings.get(move);
    if (landing != null) {
      end(landing, "the source has given up the move");
    }
  }

  private void end(Landing landing, String why) {
    landings.remove(landing.move, landing);
    if (landing.state == State.ENDED) {
      return;
    }
    landing.end(why);
    places.givenUp(landing.spec.id());
    if (landing.arrival != null) {
      landing.arrival.abandon();
    }
  }

  private void check() {
    long now = scheduler.nanos();
    for (Landing landing : List.copyOf(landings.values())) {
      Duration silent = Duration.ofNanos(now - landing.heardNanos);
      switch (landing.state) {
        case RESERVED -> {
          if (silent.compareTo(IDLE) > 0) {
            end(landing, "nothing came of it for " + IDLE.toSeconds() + " s");
          }
        }
        case READY -> checkReady(landing, silent);
        case RESTORING, ENDED -> {}
      }
    }
  }

  private void checkReady(Landing landing, Duration silent) {
    Optional<AgentInfo> info = copy.apply(landing.spec.id());
    if (info.isEmpty()) {
      end(landing, "there is no such agent any more");
    } else if (info.get().epoch() > landing.epoch) {
      if (!info.get().node().equals(nodeId)) {
        end(landing, "it is on " + info.get().node() + " by decision");
      }
    } else if (info.get().node().equals(landing.source)) {
      askSource(landing);
    } else if (silent.compareTo(ORPHANED) > 0) {
      end(landing, "its source is gone, and it was recovered elsewhere or not at all");
    }
  }

  private void askSource(Landing landing) {
    if (landing.asking) {
      return;
    }
    landing.asking = true;
    Answers.ask(
            bus,
            landing.source,
            "state",
            new JsonObject()
                .put("move", Long.toHexString(landing.move))
                .put("agent", landing.spec.id())
                .put("epoch", landing.epoch),
            QUESTION)
        .onComplete(
            answer -> {
              landing.asking = false;
              landing.heardNanos = scheduler.nanos();
              if (landing.state == State.READY && answer.getBoolean("resumed", false)) {
                end(landing, "it goes on at its source");
              }
            },
            silence -> landing.asking = false);
  }

  private MabeamException unknown(long move) {
    return new MabeamException(
        ErrorCode.NOT_FOUND,
        "node " + nodeId + " does not know of the move " + Long.toHexString(move),
        "it has given it up, or has restarted; try again");
  }

  int size() {
    return landings.size();
  }

  /** Gives up all that is not this node's. */
  void close() {
    check.cancel();
    List.copyOf(landings.values()).forEach(landing -> end(landing, "node " + nodeId + " closes"));
  }
}
