package dev.mabeam.grid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.testing.sim.Simulation;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What becomes of writes of which the cache says something, or nothing. */
class RegistryWritesTest {
  private final Simulation sim = new Simulation(1);
  private final RegistryWrites writes = new RegistryWrites(sim.start("n").scheduler());
  private final List<String> begun = new ArrayList<>();

  /** Answered by these in turn, each time that it is begun. */
  private Future<Void> write(String address, String what, CompletableFuture<?>... answers) {
    Deque<CompletableFuture<?>> left = new ArrayDeque<>(List.of(answers));
    Promise<Void> outcome = Promise.promise();
    writes.write(
        address,
        () -> {
          begun.add(what);
          return left.remove();
        },
        outcome);
    sim.runFor(Duration.ofMillis(1));
    return outcome.future();
  }

  private static CompletableFuture<Void> lost() {
    return new CompletableFuture<>();
  }

  private static CompletableFuture<Void> done() {
    return CompletableFuture.completedFuture(null);
  }

  private static CompletableFuture<Void> refused() {
    return CompletableFuture.failedFuture(new MabeamException(ErrorCode.READ_ONLY, "no majority"));
  }

  @Test
  void shouldDoAWriteAgainThatWasLost() {
    Future<Void> write = write("a", "add", lost(), lost(), done());
    sim.runFor(RegistryWrites.AGAIN);
    assertFalse(write.isComplete());
    sim.runFor(RegistryWrites.AGAIN);
    assertTrue(write.succeeded());
    assertEquals(List.of("add", "add", "add"), begun);
  }

  @Test
  void shouldNotLetALostWriteHoldUpWhatComesAfterIt() {
    Future<Void> add = write("a", "add", lost(), done());
    Future<Void> remove = write("a", "remove", done());
    Future<Void> other = write("b", "other", done());
    assertTrue(other.succeeded());
    assertFalse(add.isComplete() || remove.isComplete());
    sim.runFor(RegistryWrites.AGAIN);
    assertTrue(add.succeeded() && remove.succeeded());
    assertEquals(List.of("add", "other", "add", "remove"), begun);
  }

  @Test
  void shouldGiveUpInTheEnd() {
    Future<Void> write = write("a", "add", lost(), lost(), lost());
    Future<Void> next = write("a", "next", done());
    sim.runFor(RegistryWrites.AGAIN.multipliedBy(RegistryWrites.TRIES));
    assertTrue(write.failed());
    assertEquals(ErrorCode.TIMEOUT, MabeamException.of(write.cause()).code());
    assertTrue(next.succeeded());
  }

  @Test
  void shouldTellWhatTheCacheRefuses() {
    Future<Void> write = write("a", "add", refused());
    assertTrue(write.failed());
    assertEquals(ErrorCode.READ_ONLY, MabeamException.of(write.cause()).code());
    assertTrue(write("a", "again", done()).succeeded());
    Future<Void> thrown = write("a", "thrown");
    assertTrue(thrown.failed());
    assertTrue(write("a", "after", done()).succeeded());
  }

  @Test
  void shouldTakeALateAnswerButNotALateFailure() {
    CompletableFuture<Void> first = lost();
    CompletableFuture<Void> second = lost();
    Future<Void> failed = write("a", "one", first, second);
    sim.runFor(RegistryWrites.AGAIN);
    first.completeExceptionally(new IllegalStateException("too late"));
    sim.runFor(Duration.ofMillis(1));
    assertFalse(failed.isComplete());
    second.complete(null);
    sim.runFor(Duration.ofMillis(1));
    assertTrue(failed.succeeded());

    CompletableFuture<Void> late = lost();
    Future<Void> done = write("a", "two", late, lost());
    sim.runFor(RegistryWrites.AGAIN);
    late.complete(null);
    sim.runFor(Duration.ofMillis(1));
    assertTrue(done.succeeded());
  }
}
