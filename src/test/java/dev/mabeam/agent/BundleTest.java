package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Between two hand-turned threads. */
class BundleTest {
  private final Queue<Runnable> hops = new ArrayDeque<>();
  private final Queue<Runnable> hopsBack = new ArrayDeque<>();
  private final RunQueue here = new RunQueue(hops::add);
  private final RunQueue there = new RunQueue(hopsBack::add);
  private final Bundle bundle = new Bundle();
  private final List<Integer> run = new ArrayList<>();

  private void add(int what) {
    bundle.add(() -> run.add(what), here, there);
  }

  private List<Integer> firstOf(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  @Test
  void shouldTakeOneHopWithAllOfATurn() {
    firstOf(100).forEach(what -> here.add(() -> add(what)));

    while (!hops.isEmpty()) {
      hops.poll().run();
    }
    hopsBack.remove().run();

    assertEquals(firstOf(100), run);
    assertEquals(0, hopsBack.size());
  }

  @Test
  void shouldTakeAnotherHopWithWhatComesLater() {
    add(0);
    hops.remove().run();
    hopsBack.remove().run();
    add(1);
    hops.remove().run();
    hopsBack.remove().run();

    assertEquals(List.of(0, 1), run);
  }

  @Test
  void shouldRunTheOthersWhenOneFails() {
    add(0);
    bundle.add(
        () -> {
          throw new IllegalStateException("a defect");
        },
        here,
        there);
    add(1);
    hops.remove().run();

    assertThrows(IllegalStateException.class, () -> hopsBack.remove().run());
    hopsBack.remove().run();

    assertEquals(List.of(0, 1), run);
  }
}
