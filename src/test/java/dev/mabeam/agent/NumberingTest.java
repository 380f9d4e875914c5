package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.agent.Numbering.Ticket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class NumberingTest {
  private final Numbering numbering = new Numbering("n:x");

  private static long floor(Ticket ticket) {
    return ticket.stamp(0).floor();
  }

  @Test
  void shouldNumberFromOneForEachTarget() {
    assertEquals(1, numbering.next("a").number);
    assertEquals(2, numbering.next("a").number);
    assertEquals(1, numbering.next("b").number);
    assertEquals(new Stamp("n:x", 3, 1, 40), numbering.next("a").stamp(40));
  }

  @Test
  void shouldHaveItsFloorAtTheLowestThatIsOpen() {
    List<Ticket> open = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      open.add(numbering.next("a"));
    }
    for (int i = 299; i > 0; i--) {
      open.get(i).settle(true, 0);
      assertEquals(1, floor(open.get(0)));
    }
    open.get(0).settle(true, 0);
    Ticket next = numbering.next("a");
    assertEquals(301, next.number);
    assertEquals(301, floor(next));
  }

  /** Against the lowest of a set. */
  @Test
  void shouldKeepItsFloorWhateverTheOrder() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    List<Ticket> open = new ArrayList<>();
    TreeSet<Long> expected = new TreeSet<>();
    for (int i = 0; i < 100_000; i++) {
      if (open.isEmpty() || random.nextInt(100) < (i / 1_000 % 2 == 0 ? 55 : 45)) {
        Ticket added = numbering.next("a");
        open.add(added);
        assertTrue(expected.add(added.number));
      } else {
        int which = random.nextInt(open.size());
        Collections.swap(open, which, open.size() - 1);
        Ticket settled = open.remove(open.size() - 1);
        settled.settle(random.nextBoolean(), 0);
        settled.settle(true, 0);
        expected.remove(settled.number);
      }
      if (!open.isEmpty()) {
        assertEquals(expected.first(), floor(open.get(random.nextInt(open.size()))));
      }
    }
  }

  @Test
  void shouldForgetTargetsWithoutNumberingThemAnew() {
    Ticket kept = numbering.next("kept");
    for (int i = 0; i < 5; i++) {
      numbering.next("often").settle(true, 0);
    }
    for (int i = 0; i < 100_000; i++) {
      numbering.next("t" + i).settle(true, 0);
    }
    assertTrue(numbering.size() < 2_000, numbering.size() + " targets");
    Ticket often = numbering.next("often");
    assertTrue(often.number > 5, "number " + often.number);
    assertEquals(often.number, floor(often));
    assertEquals(2, numbering.next("kept").number);
    assertEquals(1, floor(kept));
  }

  @Test
  void shouldSayWhenOthersWaitForWhatWasGivenUp() {
    Ticket first = numbering.next("a");
    Ticket second = numbering.next("a");
    Ticket third = numbering.next("a");
    assertEquals(1, floor(third));
    assertFalse(second.settle(false, 0), "the floor is at the first");
    assertTrue(first.settle(true, 0));
    assertEquals(3, floor(third));
    numbering.next("a");
    Ticket fifth = numbering.next("a");
    assertFalse(third.settle(true, 0), "told, and nobody waits for what was handled");
    assertFalse(fifth.settle(false, 0), "the floor is at the fourth");
  }

  @Test
  void shouldTellOfItsFloorOnceWhenNothingIsOpen() {
    Ticket ticket = numbering.next("a");
    ticket.stamp(0);
    assertEquals(List.of(), numbering.untold(5_000, 1_000));
    ticket.settle(true, 5_000);
    assertEquals(List.of(), numbering.untold(5_999, 1_000));
    List<Ticket> untold = numbering.untold(6_000, 1_000);
    assertEquals(1, untold.size());
    assertEquals("a", untold.get(0).target());
    assertEquals(2, floor(untold.get(0)));
    assertEquals(List.of(), numbering.untold(9_000, 1_000));
    Ticket next = numbering.next("a");
    next.settle(true, 10_000);
    numbering.next("a").stamp(0);
    assertEquals(List.of(), numbering.untold(20_000, 1_000), "the next message told it");
  }

  @Test
  void shouldTellOfOneTargetWhileAnotherIsBusy() {
    numbering.next("busy").settle(true, 0);
    numbering.next("quiet").settle(true, 0);
    numbering.next("busy").settle(true, 2_000);
    List<Ticket> untold = numbering.untold(2_500, 1_000);
    assertEquals(List.of("quiet"), untold.stream().map(Ticket::target).toList());
    assertTrue(numbering.hasUntold());
    assertEquals(1, numbering.untold(3_000, 1_000).size());
    assertFalse(numbering.hasUntold());
  }

  @Test
  void shouldGiveEachNumberOnceToManyThreads() throws Exception {
    int threads = 4;
    int each = 50_000;
    CountDownLatch start = new CountDownLatch(1);
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    List<Future<List<Long>>> all = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      all.add(
          executor.submit(
              () -> {
                start.await();
                List<Long> mine = new ArrayList<>();
                for (int i = 0; i < each; i++) {
                  Ticket ticket = numbering.next("a");
                  mine.add(ticket.number);
                  numbering.next("other" + i).settle(true, 0);
                  ticket.settle(i % 3 == 0, 0);
                }
                return mine;
              }));
    }
    start.countDown();
    TreeSet<Long> numbers = new TreeSet<>();
    for (Future<List<Long>> mine : all) {
      long before = 0;
      for (long number : mine.get()) {
        assertTrue(number > before);
        before = number;
        assertTrue(numbers.add(number), number + " twice");
      }
    }
    executor.shutdown();
    Ticket last = numbering.next("a");
    assertEquals(last.number, floor(last));
  }

  /** Looking through all of them for each new one would take minutes. */
  @Test
  @Timeout(60)
  void shouldNumberToManyThatAreAllOpenAndForgetThemWhenNoneIs() {
    List<Ticket> open = new ArrayList<>();
    for (int i = 0; i < 200_000; i++) {
      open.add(numbering.next("agent" + i));
    }
    assertEquals(200_000, numbering.size());
    open.forEach(ticket -> ticket.settle(true, 0));
    numbering.next("one more");
    assertEquals(1, numbering.size());
  }
}
