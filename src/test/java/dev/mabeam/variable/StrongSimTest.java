package dev.mabeam.variable;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.consensus.Decisions;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.testing.check.History;
import dev.mabeam.testing.check.Operation;
import dev.mabeam.testing.check.Register;
import dev.mabeam.testing.check.SequentialModel;
import dev.mabeam.testing.check.WingGong;
import dev.mabeam.testing.sim.Seeds;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Strong variables under every fault that the simulation has, asked on all nodes at once: what the
 * clients saw has to be linearizable. What failed with TIMEOUT may have happened, what failed with
 * anything else has not.
 */
class StrongSimTest {
  private static final int SAMPLE = 6;
  private static final List<SyncStrategy> STRATEGIES =
      List.of(SyncStrategy.GOSSIP, SyncStrategy.LEADER_FOLLOWER, SyncStrategy.MULTI_MASTER);

  private static final Duration SKEW = Duration.ofSeconds(30);
  private static final SimStorm.Fault[] FAULTS = {
    SimStorm.Fault.CRASH_OR_START, SimStorm.Fault.PAUSE, SimStorm.Fault.RESUME,
    SimStorm.Fault.ISOLATE, SimStorm.Fault.CUT_ONE_WAY, SimStorm.Fault.HEAL, SimStorm.Fault.SKEW
  };

  /** So short that a decision is often given up while it is being made. */
  private static final Duration HASTE = Duration.ofMillis(12);

  /** For writes; what distributes them is JSON. */
  private static Duration haste(Buffer command, Duration deadline) {
    return command.getByte(0) == '{' ? deadline : HASTE;
  }

  private static LongStream sample() {
    return LongStream.rangeClosed(1, SAMPLE);
  }

  @Test
  void shouldBeLinearizableUnderEveryFault() {
    long operations = sample().map(seed -> new Run(seed, new SimVariables.Broken()).play()).sum();
    assertTrue(operations > SAMPLE * 100, operations + " operations");
  }

  /** What nobody knows of is called unknown, and may have happened or not. */
  @Test
  void shouldBeLinearizableWhereManyOutcomesAreUnknown() {
    for (long seed = 1; seed <= 2; seed++) {
      Run run = new Run(seed, broken(Hasty::new));
      run.play();
      assertTrue(run.unknown > 10, run.unknown + " unknown");
    }
  }

  /** Gives up early, and says that it does not know. */
  private static final class Hasty extends Meddled {
    Hasty(Decisions decisions) {
      super(decisions);
    }

    @Override
    public Future<Buffer> propose(String machine, Buffer command, Duration deadline) {
      return super.propose(machine, command, haste(command, deadline));
    }
  }

  /** Who proposes is a matter of time, never of what is true. */
  @Test
  void shouldBeLinearizableWhoeverIsTakenForSilent() {
    for (long seed = 1; seed <= 2; seed++) {
      RandomGenerator guess = Seeds.random(seed);
      SimVariables.Broken broken = new SimVariables.Broken();
      broken.hears = (self, other) -> guess.nextBoolean();
      new Run(seed, broken).play();
    }
  }

  @Test
  @Tag("long")
  void shouldBeLinearizableForManySeeds() {
    long operations = 0;
    for (long seed = 1_000; seed < 1_400; seed++) {
      operations += new Run(seed, new SimVariables.Broken()).play();
    }
    System.out.printf("400 seeds, %d strong operations answered%n", operations);
  }

  @Test
  void shouldCatchReadsThatNobodyConfirmed() {
    requireCaught(
        () ->
            broken(
                decisions ->
                    new Meddled(decisions) {
                      @Override
                      public Future<Void> barrier(Duration deadline) {
                        return Future.succeededFuture();
                      }
                    }));
  }

  @Test
  void shouldCatchAnUnknownOutcomeThatIsCalledCertain() {
    requireCaught(
        () ->
            broken(
                decisions ->
                    new Meddled(decisions) {
                      @Override
                      public Future<Buffer> propose(
                          String machine, Buffer command, Duration deadline) {
                        return super.propose(machine, command, haste(command, deadline))
                            .recover(
                                failure ->
                                    Future.failedFuture(
                                        new MabeamException(
                                            ErrorCode.INSUFFICIENT_CONSENSUS, "no majority")));
                      }
                    }));
  }

  /** At least two seeds have to tell. */
  private static void requireCaught(Supplier<SimVariables.Broken> broken) {
    Caught.require(
        2, 2 * SAMPLE, "nothing explains", seed -> new Run(seed, broken.get()).play());
  }

  private static SimVariables.Broken broken(
      UnaryOperator<Decisions> decisions) {
    SimVariables.Broken broken = new SimVariables.Broken();
    broken.decisions = decisions;
    return broken;
  }

  /** A way into the log with which something is wrong. */
  private static class Meddled implements Decisions {
    private final Decisions decisions;

    Meddled(Decisions decisions) {
      this.decisions = decisions;
    }

    @Override
    public Future<Buffer> propose(String machine, Buffer command, Duration deadline) {
      return decisions.propose(machine, command, deadline);
    }

    @Override
    public Future<Void> barrier(Duration deadline) {
      return decisions.barrier(deadline);
    }

    @Override
    public long appliedIndex() {
      return decisions.appliedIndex();
    }
  }

  /** An operation on one of several variables. */
  private record Asked(String variable, Register.Op op) {}

  private static final SequentialModel<Long, Asked, Long> MODEL =
      Register.MODEL.askedBy(Asked::op);

  /** One run of one seed. */
  private static final class Run {
    private final SimVariables cluster;
    private final RandomGenerator random;
    private final SimStorm storm;
    private final History<Asked, Long> history = new History<>();
    private final int variables;
    private long written;
    private int underWay;
    private int unknown;

    Run(long seed, SimVariables.Broken broken) {
      random = Seeds.random(seed);
      cluster = new SimVariables(seed, 5, broken);
      // Whoever asked where one crashes hears nothing any more.
      storm = new SimStorm(cluster, random, SKEW, FAULTS).beforeLoss(node -> underWay = 0);
      variables = 2 + random.nextInt(2);
      for (int i = 0; i < variables; i++) {
        VariableOptions options =
            VariableOptions.DEFAULT
                .withConsistency(Consistency.STRONG)
                .withSync(STRATEGIES.get(random.nextInt(STRATEGIES.size())))
                .withValue(0);
        cluster.distribute(storm.anyName(), "s" + i, options);
      }
    }

    /** How many operations got an answer. */
    long play() {
      storm.begin();
      for (int i = 0; i < 8; i++) {
        storm.fault();
        askFor(200 + random.nextInt(1_500));
      }
      storm.calm();
      cluster.sim.runFor(Duration.ofSeconds(3));
      askFor(1_000);
      cluster.sim.runFor(Duration.ofSeconds(7));
      for (String name : storm.names()) {
        for (int i = 0; i < variables; i++) {
          ask(name, "s" + i, new Register.Read());
        }
      }
      cluster.sim.runFor(Duration.ofSeconds(7));
      List<Operation<Asked, Long>> operations = history.operations();
      try {
        WingGong.checkByKey(operations, Asked::variable, MODEL).require();
      } catch (AssertionError | IllegalStateException refused) {
        throw new AssertionError("seed " + cluster.sim.seed() + ": " + refused.getMessage());
      }
      return operations.stream().filter(Operation::completed).count();
    }

    private void askFor(int millis) {
      long end = cluster.sim.nanos() + millis * 1_000_000L;
      while (cluster.sim.nanos() < end) {
        String name = storm.anyName();
        if (cluster.node(name).host.up() && underWay < 12) {
          ask(name, "s" + random.nextInt(variables), operation());
        }
        cluster.sim.runFor(Duration.ofMillis(random.nextInt(1, 40)));
      }
    }

    private Register.Op operation() {
      return switch (random.nextInt(4)) {
        case 0 -> new Register.Write(++written);
        case 1 -> new Register.Cas(Math.max(0, written - random.nextInt(3)), ++written);
        default -> new Register.Read();
      };
    }

    private void ask(String at, String variable, Register.Op op) {
      var call = history.invoke(storm.names().indexOf(at), new Asked(variable, op));
      VariableRoom room = cluster.node(at).room;
      WriteOptions options = WriteOptions.DEFAULT.withDeadline(Duration.ofSeconds(2));
      underWay++;
      if (op instanceof Register.Write write) {
        room.set(variable, write.value(), options)
            .onComplete(done -> returned(call, 0), failure -> failed(call, failure));
      } else if (op instanceof Register.Cas cas) {
        room.compareAndSet(variable, cas.expected(), cas.value(), options)
            .onComplete(
                done -> returned(call, 1),
                failure -> {
                  if (MabeamException.of(failure).code() == ErrorCode.CONFLICT) {
                    returned(call, 0);
                  } else {
                    failed(call, failure);
                  }
                });
      } else {
        room.get(variable, ReadOptions.DEFAULT.withDeadline(Duration.ofSeconds(2)))
            .onComplete(
                read -> returned(call, ((Number) read.value()).longValue()),
                failure -> failed(call, failure));
      }
    }

    private void returned(History<Asked, Long>.Call call, long answer) {
      underWay--;
      call.returned(answer);
    }

    private void failed(History<Asked, Long>.Call call, Throwable failure) {
      underWay--;
      if (MabeamException.of(failure).code() == ErrorCode.TIMEOUT) {
        unknown++;
        call.unknown();
      } else {
        call.refused();
      }
    }
  }
}
