package dev.mabeam.testing.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.testing.check.Counter.Add;
import dev.mabeam.testing.check.Register.Cas;
import dev.mabeam.testing.check.Register.Op;
import dev.mabeam.testing.check.Register.Read;
import dev.mabeam.testing.check.Register.Write;
import dev.mabeam.testing.sim.Seeds;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LinearizabilityTest {
  private static <I, O> Operation<I, O> op(int p, I input, O output, long invoked, long returned) {
    return new Operation<>(p, input, output, invoked, returned);
  }

  private static Operation<Op, Long> read(long value, long invoked, long returned) {
    return op(0, new Read(), value, invoked, returned);
  }

  private static Operation<Op, Long> write(long value, long invoked, long returned) {
    return op(1, new Write(value), 0L, invoked, returned);
  }

  private static Operation<Op, Long> lost(Op input, long invoked) {
    return op(2, input, null, invoked, Operation.NEVER);
  }

  private static Operation<Op, Long> cas(long from, long to, long answer, long invoked, long end) {
    return op(3, new Cas(from, to), answer, invoked, end);
  }

  @SafeVarargs
  @SuppressWarnings("varargs")
  private static void accept(Operation<Op, Long>... history) {
    List<Operation<Op, Long>> operations = List.of(history);
    assertEquals(Verdict.OK, WingGong.check(operations, Register.MODEL));
    if (operations.stream().noneMatch(o -> o.input() instanceof Cas)) {
      assertEquals(Verdict.OK, Zones.check(operations));
    }
  }

  @SafeVarargs
  @SuppressWarnings("varargs")
  private static void refuse(Operation<Op, Long>... history) {
    List<Operation<Op, Long>> operations = List.of(history);
    assertFalse(WingGong.check(operations, Register.MODEL).linearizable());
    if (operations.stream().noneMatch(o -> o.input() instanceof Cas)) {
      assertFalse(Zones.check(operations).linearizable());
    }
  }

  @Test
  void shouldAcceptReadsThatSeeOverlappingWritesInEitherOrder() {
    accept();
    accept(read(0, 1, 2));
    accept(write(1, 1, 2), read(1, 3, 4));
    accept(write(1, 1, 6), read(0, 2, 3), read(1, 4, 5));
    accept(write(1, 1, 8), write(2, 2, 9), read(2, 3, 4), read(1, 5, 6));
    accept(read(1, 1, 4), write(1, 2, 3));
  }

  @Test
  void shouldRefuseStaleReads() {
    refuse(write(1, 1, 2), read(0, 3, 4));
    refuse(write(1, 1, 2), write(2, 3, 4), read(1, 5, 6));
  }

  @Test
  void shouldRefuseReadsThatGoBackInTime() {
    refuse(write(1, 1, 10), read(1, 2, 3), read(0, 4, 5));
    refuse(
        write(1, 1, 20), write(2, 2, 21),
        read(1, 3, 4), read(2, 5, 6), read(1, 7, 8));
  }

  @Test
  void shouldRefuseReadsOfWhatIsNotYetOrWasNeverWritten() {
    refuse(read(1, 1, 2), write(1, 3, 4));
    refuse(read(7, 1, 2));
    refuse(read(1, 1, 2), lost(new Write(1), 3));
  }

  @Test
  void shouldRefuseAWriteThatLeavesNoTraceBetweenTwoReadsOfAnother() {
    refuse(write(1, 1, 2), read(1, 3, 4), write(2, 5, 6), read(1, 7, 8));
  }

  @Test
  void shouldLetAnUnknownOperationTakeEffectLateOrNever() {
    accept(lost(new Write(1), 1), read(0, 2, 3));
    accept(lost(new Write(1), 1), read(0, 2, 3), read(1, 4, 5));
    accept(lost(new Write(1), 1), write(2, 2, 3), read(2, 4, 5), read(1, 6, 7));
    refuse(lost(new Write(1), 1), read(1, 2, 3), read(0, 4, 5));
    refuse(
        lost(new Write(1), 1), read(1, 2, 3), write(2, 4, 5), read(2, 6, 7), read(1, 8, 9));
  }

  @Test
  void shouldKnowCompareAndSet() {
    accept(cas(0, 1, 1, 1, 2), cas(0, 2, 0, 3, 4), read(1, 5, 6));
    accept(cas(1, 2, 1, 1, 4), cas(0, 1, 1, 2, 3));
    accept(lost(new Cas(0, 1), 1), cas(0, 2, 0, 2, 3), cas(1, 2, 1, 4, 5));
    refuse(cas(0, 1, 1, 1, 2), cas(0, 2, 1, 3, 4));
    refuse(cas(0, 1, 1, 1, 4), cas(0, 2, 1, 2, 3));
    refuse(cas(0, 1, 0, 1, 2));
    refuse(lost(new Cas(0, 1), 1), cas(0, 2, 1, 2, 3), cas(1, 3, 1, 4, 5));
  }

  @Test
  void shouldCountEachAdditionOnce() {
    List<Operation<Add, Long>> twice =
        List.of(op(0, new Add(1), 1L, 1, 2), op(0, new Add(1), 3L, 3, 4));
    assertFalse(WingGong.check(twice, Counter.MODEL).linearizable());
    List<Operation<Add, Long>> lost =
        List.of(
            op(0, new Add(1), 1L, 1, 2),
            op(1, new Add(1), null, 1, Operation.NEVER),
            op(0, new Add(1), 3L, 3, 4));
    assertTrue(WingGong.check(lost, Counter.MODEL).linearizable());
  }

  @Test
  void shouldRefuseAValueWrittenTwiceWhereItCannotTell() {
    List<Operation<Op, Long>> twice = List.of(write(1, 1, 2), write(1, 3, 4));
    assertThrows(IllegalArgumentException.class, () -> Zones.check(twice));
  }

  @Test
  void shouldAgreeWithZonesAndBruteForceOnRandomRegisterHistories() {
    int refused = 0;
    for (int seed = 0; seed < 20_000; seed++) {
      List<Operation<Op, Long>> history = garbled(Seeds.random(seed), 7, false);
      boolean truth = BruteForce.linearizable(history, Register.MODEL);
      assertEquals(truth, WingGong.check(history, Register.MODEL).linearizable(), "" + history);
      assertEquals(truth, Zones.check(history).linearizable(), "" + history);
      refused += truth ? 0 : 1;
    }
    assertTrue(refused > 4_000 && refused < 16_000, refused + " refused");
  }

  @Test
  void shouldAgreeWithBruteForceOnRandomCompareAndSetHistories() {
    int refused = 0;
    for (int seed = 0; seed < 20_000; seed++) {
      List<Operation<Op, Long>> history = garbled(Seeds.random(seed), 7, true);
      boolean truth = BruteForce.linearizable(history, Register.MODEL);
      assertEquals(truth, WingGong.check(history, Register.MODEL).linearizable(), "" + history);
      refused += truth ? 0 : 1;
    }
    assertTrue(refused > 4_000 && refused < 16_000, refused + " refused");
  }

  /** Where most outcomes are unknown, most of the search is about what may not have happened. */
  @Test
  void shouldAgreeWithBruteForceWhereMostOutcomesAreUnknown() {
    int refused = 0;
    for (int seed = 0; seed < 20_000; seed++) {
      List<Operation<Op, Long>> history =
          garbled(Seeds.random(seed), 7, true).stream()
              .map(o -> o.process() % 3 > 0 && !(o.input() instanceof Read)
                  ? lost(o.input(), o.invoked())
                  : o)
              .toList();
      boolean truth = BruteForce.linearizable(history, Register.MODEL);
      assertEquals(truth, WingGong.check(history, Register.MODEL).linearizable(), "" + history);
      List<Operation<Op, Long>> simplified = Register.simplified(history);
      assertEquals(truth, WingGong.check(simplified, Register.MODEL).linearizable(), "" + history);
      refused += truth ? 0 : 1;
    }
    assertTrue(refused > 2_000 && refused < 18_000, refused + " refused");
  }

  @Test
  void shouldCheckManyUnknownOutcomesInSeconds() {
    List<Operation<Op, Long>> history = played(new Random(3), 3_000, 8, true, 0.1);
    assertTrue(history.stream().filter(o -> !o.completed()).count() > 200);
    long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    WingGong.check(Register.simplified(history), Register.MODEL).require();
    long took = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before;
    assertTrue(took < 30_000_000_000L, () -> took / 1_000_000 + " ms");
  }

  /** Zones are fast enough to be the measure of longer histories. */
  @Test
  void shouldAgreeWithZonesOnLongerHistories() {
    for (int seed = 0; seed < 2_000; seed++) {
      Random random = Seeds.random(seed);
      List<Operation<Op, Long>> history = new ArrayList<>(played(random, 60, 4, false, 0.05));
      if (seed % 2 == 0) {
        int victim = random.nextInt(history.size());
        Operation<Op, Long> o = history.get(victim);
        if (o.input() instanceof Read && o.completed()) {
          long wrong = Math.max(0, o.output() - 1);
          history.set(victim, op(o.process(), o.input(), wrong, o.invoked(), o.returned()));
        }
      }
      assertEquals(
          Zones.check(history).linearizable(),
          WingGong.check(history, Register.MODEL).linearizable(),
          "seed " + seed);
    }
  }

  @Test
  void shouldCheckTwentyThousandOperationsInSeconds() {
    List<Operation<Op, Long>> all = played(new Random(1), 20_000, 8, true, 0.0005);
    List<Operation<Op, Long>> plain = played(new Random(2), 20_000, 8, false, 0.001);
    // The thread's own time: a machine that is busy with other things proves nothing.
    long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    WingGong.check(all, Register.MODEL).require();
    WingGong.check(plain, Register.MODEL).require();
    Zones.check(plain).require();
    long took = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before;
    assertTrue(took < 30_000_000_000L, () -> took / 1_000_000 + " ms");
    List<Operation<Op, Long>> stale = new ArrayList<>(plain);
    stale.add(read(1, Operation.NEVER - 2, Operation.NEVER - 1));
    assertFalse(Zones.check(stale).linearizable());
  }

  @Test
  void shouldLeaveOutWhatWasRefusedAndKeepWhatWasNeverAnswered() {
    History<Op, Long> history = new History<>();
    history.invoke(1, new Write(1)).refused();
    history.invoke(2, new Write(2)).unknown();
    history.invoke(3, new Write(3));
    history.invoke(4, new Write(4)).returned(0L);
    assertEquals(
        List.of(2, 3, 4), history.operations().stream().map(Operation::process).toList());
    assertEquals(
        List.of(false, false, true),
        history.operations().stream().map(Operation::completed).toList());
  }

  /** Any answers at any times: some can be explained, some cannot. */
  private static List<Operation<Op, Long>> garbled(Random random, int count, boolean cas) {
    List<Long> times = new ArrayList<>();
    for (long t = 1; t <= 2L * count; t++) {
      times.add(t);
    }
    List<Operation<Op, Long>> history = new ArrayList<>();
    long written = 0;
    for (int i = 0; i < count; i++) {
      long a = times.remove(random.nextInt(Math.min(3, times.size())));
      long b = times.remove(random.nextInt(Math.min(5, times.size())));
      long end = random.nextInt(8) == 0 ? Operation.NEVER : Math.max(a, b);
      int kind = random.nextInt(cas ? 3 : 2);
      Op input =
          switch (kind) {
            case 0 -> new Read();
            case 1 -> new Write(cas ? random.nextInt(3) : ++written);
            default -> new Cas(random.nextInt(3), random.nextInt(3));
          };
      long output =
          switch (kind) {
            case 0 -> cas ? random.nextInt(3) : Math.max(0, written + random.nextInt(3) - 1);
            case 1 -> 0;
            default -> random.nextInt(2);
          };
      history.add(op(i, input, output, Math.min(a, b), end));
    }
    return history;
  }

  /** What a real register would have answered to some processes at once. */
  private static List<Operation<Op, Long>> played(
      Random random, int count, int processes, boolean cas, double unknown) {
    History<Op, Long> history = new History<>();
    List<Pending> pending = new ArrayList<>();
    long state = 0;
    long written = 0;
    for (int i = 0; i < count || !pending.isEmpty(); ) {
      if (i < count && pending.size() < processes && random.nextBoolean()) {
        i++;
        Op input =
            switch (random.nextInt(cas ? 3 : 2)) {
              case 0 -> new Read();
              case 1 -> new Write(++written);
              default -> new Cas(random.nextInt(10) == 0 ? written : state, ++written);
            };
        pending.add(new Pending(history.invoke(i, input), input));
      } else if (!pending.isEmpty()) {
        Pending one = pending.get(random.nextInt(pending.size()));
        if (!one.done) {
          SequentialModel.Step<Long, Long> step = Register.MODEL.apply(state, one.input);
          state = step.state();
          one.answer = step.output();
          one.done = true;
        } else {
          pending.remove(one);
          if (random.nextDouble() < unknown) {
            one.call.unknown();
          } else {
            one.call.returned(one.answer);
          }
        }
      }
    }
    return history.operations();
  }

  private static final class Pending {
    private final History<Op, Long>.Call call;
    private final Op input;
    private boolean done;
    private long answer;

    Pending(History<Op, Long>.Call call, Op input) {
      this.call = call;
      this.input = input;
    }
  }
}
