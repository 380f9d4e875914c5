package dev.mabeam.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.time.VertxScheduler;
import io.vertx.core.Vertx;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class LoadSamplerTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final HandClock clock = new HandClock();
  private final AtomicLong cpu = new AtomicLong();
  private final LoadSampler sampler = new LoadSampler(clock, cpu::get, () -> 2, () -> 0.75);

  private Load afterSecondWith(double coresUsed) {
    clock.turn(SECOND);
    cpu.addAndGet((long) (coresUsed * SECOND.toNanos()));
    return sampler.sample();
  }

  @Test
  void shouldApproachTheShareOfTheCoresThatIsUsed() {
    assertEquals(0.25, afterSecondWith(1).cpu(), 0.01);
    for (int i = 0; i < 10; i++) {
      afterSecondWith(1);
    }
    assertEquals(0.5, afterSecondWith(1).cpu(), 0.01);
    for (int i = 0; i < 10; i++) {
      afterSecondWith(0);
    }
    assertEquals(0, afterSecondWith(0).cpu(), 0.01);
  }

  @Test
  void shouldSeeTheLoopsLagAndForgetItInTheNextSecond() {
    assertEquals(0, afterSecondWith(0).lag(), 0.01);
    clock.stall(Duration.ofMillis(225));
    assertEquals(0.5, afterSecondWith(0).lag(), 0.05);
    assertEquals(0, afterSecondWith(0).lag(), 0.05);
    clock.stall(Duration.ofSeconds(5));
    assertEquals(1, sampler.sample().lag());
  }

  @Test
  void shouldTakeTheScarcestForTheLoad() {
    assertEquals(0.9, new Load(0.9, 0.2, 0.1).value());
    assertEquals(0.8, new Load(0.1, 0.2, 0.8).value());
    assertEquals(0.5, new Load(0.1, 0.75, 0.1).value());
    assertEquals(0.1, new Load(0.1, 0.5, 0).value());
    assertEquals(new Load(1, 0, 0), new Load(7, -1, Double.NaN));
  }

  @Test
  void shouldStopItsTimer() {
    sampler.close();
    assertEquals(0, clock.timers());
  }

  @Test
  void shouldReadAContainersShareOfTheProcessors() {
    assertEquals(OptionalDouble.of(0.5), Container.quota("50000 100000\n"));
    assertEquals(OptionalDouble.of(2), Container.quota("200000\n 100000"));
    assertEquals(OptionalDouble.empty(), Container.quota("max 100000"));
    assertEquals(OptionalDouble.empty(), Container.quota("-1 100000"));
    assertEquals(OptionalDouble.empty(), Container.quota(""));
    double cores = Container.cores();
    assertTrue(cores > 0 && cores <= Runtime.getRuntime().availableProcessors());
  }

  @Test
  void shouldTakeTheGivenCapacityBeforeTheProcesss() {
    assertEquals(new Capacity(123, 0.5), Capacity.ofProcess(123, 0.5));
    Capacity own = Capacity.ofProcess(0, 0);
    assertEquals(Runtime.getRuntime().maxMemory() >> 20, own.memoryMb());
    assertEquals(Container.cores(), own.cpuWeight());
  }

  /** The real thing: a thread that burns a core shows, and shows no more when it ends. */
  @Test
  void shouldSeeThisProcessBurnACore() throws Exception {
    Vertx vertx = Vertx.vertx();
    AtomicBoolean burning = new AtomicBoolean(true);
    try {
      System.gc();
      AtomicReference<LoadSampler> real = new AtomicReference<>();
      VertxScheduler scheduler = new VertxScheduler(vertx, vertx.getOrCreateContext());
      real.set(LoadSampler.ofProcess(scheduler));
      awaitLoad(scheduler, real.get(), load -> load.cpu() < 0.05, "idle");
      Thread burner = new Thread(() -> burn(burning), "burner");
      burner.setDaemon(true);
      burner.start();
      // On a busy machine one thread does not get one core: what it gets has to show.
      CpuShare share = new CpuShare(burner);
      awaitLoad(
          scheduler,
          real.get(),
          load -> load.cpu() > 0.1 && load.cpu() > 0.6 * share.sinceBefore(),
          "one core burns");
      burning.set(false);
      awaitLoad(scheduler, real.get(), load -> load.cpu() < 0.05, "idle again");
      assertTrue(real.get().sample().heap() > 0, "something is left after a collection");
    } finally {
      burning.set(false);
      vertx.close().await(60, TimeUnit.SECONDS);
    }
  }

  /** What a thread gets of the cores that this process may use. */
  private static final class CpuShare {
    private final Thread thread;
    private long lastNanos = System.nanoTime();
    private long lastCpu;

    CpuShare(Thread thread) {
      this.thread = thread;
      this.lastCpu = cpu();
    }

    private long cpu() {
      return ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.getId());
    }

    double sinceBefore() {
      long nanos = System.nanoTime();
      long cpu = cpu();
      double share = (cpu - lastCpu) / (Container.cores() * (nanos - lastNanos));
      lastNanos = nanos;
      lastCpu = cpu;
      return share;
    }
  }

  private static void awaitLoad(
      VertxScheduler scheduler, LoadSampler sampler, Predicate<Load> wanted, String what)
      throws InterruptedException {
    CountDownLatch seen = new CountDownLatch(1);
    AtomicReference<Load> last = new AtomicReference<>();
    var timer =
        scheduler.every(
            Duration.ofMillis(250),
            () -> {
              last.set(sampler.sample());
              if (wanted.test(last.get())) {
                seen.countDown();
              }
            });
    boolean came = seen.await(60, TimeUnit.SECONDS);
    timer.cancel();
    assertTrue(came, () -> "waited for: " + what + ", last " + last.get());
  }

  private static void burn(AtomicBoolean burning) {
    long x = 1;
    while (burning.get()) {
      x = x * 31 + 7;
    }
    if (x == 0) {
      throw new IllegalStateException("never");
    }
  }
}
