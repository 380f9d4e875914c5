package dev.mabeam.variable;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.testing.check.History;
import dev.mabeam.testing.check.Operation;
import dev.mabeam.testing.check.Register;
import dev.mabeam.testing.check.SequentialModel;
import dev.mabeam.testing.check.WingGong;
import dev.mabeam.testing.sim.Seeds;
import dev.mabeam.testing.sim.SimNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * One run of one seed of a combination that is strong: clients on five nodes read, write, and write
 * on a condition; what they saw is linearizable. What failed with TIMEOUT may have happened, what
 * failed with anything else has not. What is merged is a counter or a maximum.
 */
final class StrongRun {
  private static final int VARIABLES = 3;
  private static final int CLIENTS = 8;
  private static final int FAULTS = 5;
  private static final Duration SKEW = Duration.ofSeconds(30);
  private static final Duration DEADLINE = Duration.ofSeconds(2);
  private static final Duration GIVEN_UP = Duration.ofSeconds(5);

  /** An operation on one of several variables. */
  private record Asked(String variable, SimVariables.Kind kind, Register.Op op) {}

  private static final SequentialModel<Long, Asked, Long> MODEL =
      new SequentialModel<>() {
        @Override
        public Long initial() {
          return 0L;
        }

        @Override
        public Step<Long, Long> apply(Long state, Asked asked) {
          if (asked.op instanceof Register.Write write && asked.kind == SimVariables.Kind.COUNTER) {
            return new Step<>(state + write.value(), 0L);
          }
          if (asked.op instanceof Register.Write write && asked.kind == SimVariables.Kind.MAX) {
            return new Step<>(Math.max(state, write.value()), 0L);
          }
          return Register.MODEL.apply(state, asked.op);
        }
      };

  private final SimVariables cluster;
  private final Combination combination;
  private final RandomGenerator random;
  private final SimStorm storm;
  private final History<Asked, Long> history = new History<>();
  private final List<Client> clients = new ArrayList<>();
  private long written;

  StrongRun(Combination combination, long seed, SimVariables.Broken broken) {
    this.combination = combination;
    random = Seeds.random(seed);
    cluster = new SimVariables(seed, 5, broken);
    storm = new SimStorm(cluster, random, SKEW, SimStorm.MIX);
    for (int i = 0; i < VARIABLES; i++) {
      cluster.distribute(
          "n" + (1 + i), "s" + i, kind(i), Consistency.STRONG, combination.sync(), 2 + i % 2);
    }
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(new Client(i));
    }
  }

  private SimVariables.Kind kind(int variable) {
    return switch (combination.conflict()) {
      case LAST_WRITER_WINS -> SimVariables.Kind.LAST_WRITER_WINS;
      case VECTOR_CLOCKS -> SimVariables.Kind.VECTOR_CLOCKS;
      case CONSENSUS -> SimVariables.Kind.CONSENSUS;
      case MERGE_FUNCTION ->
          variable % 2 == 0 ? SimVariables.Kind.COUNTER : SimVariables.Kind.MAX;
    };
  }

  /** How many calls were answered. */
  long play() {
    storm.begin();
    workFor(500);
    for (int i = 0; i < FAULTS; i++) {
      storm.fault();
      workFor(200 + random.nextInt(1_200));
    }
    storm.calm();
    workFor(500);
    cluster.sim.runFor(GIVEN_UP);
    for (SimNode node : cluster.sim.nodes()) {
      for (int i = 0; i < VARIABLES; i++) {
        new Client(CLIENTS).ask(node.name(), i, new Register.Read());
      }
    }
    cluster.sim.runFor(GIVEN_UP);
    List<Operation<Asked, Long>> operations = history.operations();
    WingGong.checkByKey(operations, Asked::variable, MODEL).require();
    return operations.stream().filter(Operation::completed).count();
  }

  private void workFor(int millis) {
    long end = cluster.sim.nanos() + millis * 1_000_000L;
    while (cluster.sim.nanos() < end) {
      clients.get(random.nextInt(clients.size())).step();
      cluster.sim.runFor(Duration.ofMillis(random.nextInt(1, 20)));
    }
  }

  private Register.Op operation(SimVariables.Kind kind) {
    boolean conditional = combination.conflict() != ConflictResolution.MERGE_FUNCTION;
    return switch (random.nextInt(4)) {
      case 0 -> new Register.Write(++written);
      case 1 ->
          conditional
              ? new Register.Cas(Math.max(0, written - random.nextInt(3)), ++written)
              : new Register.Write(++written);
      default -> new Register.Read();
    };
  }

  /** One that does one thing after the other. */
  private final class Client {
    private final int number;
    private long turn;
    private long sinceNanos;
    private boolean busy;

    Client(int number) {
      this.number = number;
    }

    void step() {
      String name = storm.anyName();
      if (busy && cluster.sim.nanos() - sinceNanos > GIVEN_UP.toNanos()) {
        busy = false;
        turn++;
      }
      if (!busy && cluster.node(name).host.up()) {
        int variable = random.nextInt(VARIABLES);
        ask(name, variable, operation(kind(variable)));
      }
    }

    void ask(String at, int variable, Register.Op op) {
      busy = true;
      sinceNanos = cluster.sim.nanos();
      long now = ++turn;
      String name = "s" + variable;
      var call = history.invoke(number, new Asked(name, kind(variable), op));
      VariableRoom room = cluster.node(at).room;
      WriteOptions options = WriteOptions.DEFAULT.withDeadline(DEADLINE);
      if (op instanceof Register.Write write) {
        room.set(name, write.value(), options)
            .onComplete(done -> returned(now, call, 0), failure -> failed(now, call, failure));
      } else if (op instanceof Register.Cas cas) {
        Object expected = cas.expected() == 0 ? null : cas.expected();
        room.compareAndSet(name, expected, cas.value(), options)
            .onComplete(
                done -> returned(now, call, 1),
                failure -> {
                  if (MabeamException.of(failure).code() == ErrorCode.CONFLICT) {
                    returned(now, call, 0);
                  } else {
                    failed(now, call, failure);
                  }
                });
      } else {
        room.get(name, ReadOptions.DEFAULT.withDeadline(DEADLINE))
            .onComplete(
                read -> returned(now, call, number(read.value())),
                failure -> failed(now, call, failure));
      }
    }

    private static long number(Object value) {
      return value == null ? 0 : ((Number) value).longValue();
    }

    private void returned(long ofTurn, History<Asked, Long>.Call call, long answer) {
      busy &= ofTurn != turn;
      call.returned(answer);
    }

    private void failed(long ofTurn, History<Asked, Long>.Call call, Throwable failure) {
      busy &= ofTurn != turn;
      if (MabeamException.of(failure).code() == ErrorCode.TIMEOUT) {
        call.unknown();
      } else {
        call.refused();
      }
    }
  }
}
