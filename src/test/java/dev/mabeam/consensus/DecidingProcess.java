package dev.mabeam.consensus;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.Admission;
import dev.mabeam.link.Courier;
import dev.mabeam.link.Link;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.LinkOptions;
import dev.mabeam.link.Member;
import dev.mabeam.link.PeerState;
import dev.mabeam.link.Reachability;
import dev.mabeam.link.SeedSource;
import dev.mabeam.link.TcpLinkTransport;
import dev.mabeam.membership.Peers;
import dev.mabeam.testing.sim.Seeds;
import dev.mabeam.time.ThreadScheduler;
import dev.mabeam.time.VertxScheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * The consensus room in a process of its own, on the real link, with clients that read and write
 * registers through it and say so. Arguments: {@code name life host operationsASecond seedHost…}.
 *
 * <p>A client's lines on standard output, times in nanoseconds of the machine's monotonic clock,
 * which all processes share: {@code W id key value time} and {@code R id key time} before it asks,
 * {@code = id value time} when it was answered, {@code x id} when it was certainly not executed.
 * Where nothing follows, the outcome is unknown. {@code S voters self leader} says once a second how
 * it stands. An expelled node ends with exit code 3, and whoever started it starts it again.
 */
public final class DecidingProcess {
  static final int PORT = 7802;
  static final int KEYS = 48;
  static final int EXPELLED = 3;
  private static final int CLIENTS = 4;
  private static final Duration DEADLINE = Duration.ofSeconds(3);

  private final long base;
  private final String self;
  private final Consensus consensus;
  private final Registers registers;
  private final PrintStream out;
  private final AtomicLong last = new AtomicLong();

  private DecidingProcess(
      long base, String self, Consensus consensus, Registers registers, PrintStream out) {
    this.base = base;
    this.self = self;
    this.consensus = consensus;
    this.registers = registers;
    this.out = out;
  }

  public static void main(String[] args) throws IOException {
    Thread ending =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {
                  // nothing is said to it
                }
              } catch (IOException gone) {
                // the parent has ended
              }
              System.exit(0);
            });
    ending.setDaemon(true);
    ending.start();
    run(args[0], Integer.parseInt(args[1]), args[2], Integer.parseInt(args[3]),
        Arrays.asList(args).subList(4, args.length));
  }

  private static void run(
      String name, int life, String host, int perSecond, List<String> seedHosts) {
    LinkAddress address = new LinkAddress(host, PORT);
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    VertxScheduler loop = new VertxScheduler(vertx, vertx.getOrCreateContext());
    ThreadScheduler thread = ThreadScheduler.start("log");
    Link link =
        on(
            loop,
            () ->
                Future.succeededFuture(
                    Link.create(
                        new LinkOptions(name, address, address, address, Duration.ofMinutes(2)),
                        new TcpLinkTransport(vertx),
                        SeedSource.fixed(
                            seedHosts.stream().map(h -> new LinkAddress(h, PORT)).toList()),
                        loop,
                        new Random())));
    Peers peers = on(loop, () -> Future.succeededFuture(Peers.of(link, loop)));
    Registers registers = new Registers(name, new Ledger());
    Consensus[] holder = new Consensus[1];
    link.setRegistrar(new DecidingRegistrar(() -> holder[0]));
    Admission in = on(loop, link::join);
    Consensus consensus =
        Consensus.create(
            new ConsensusOptions(),
            new ConsensusContext(
                Courier.hopping(link.courier(), loop::execute, thread::execute),
                thread,
                new Random(),
                ForkJoinPool.commonPool(),
                in.clusterId(),
                Optional.empty(),
                member -> reachability(peers, member),
                List.of(registers)));
    consensus.onMembers(members -> loop.execute(() -> members.all().forEach(link::learn)));
    consensus.onExpelled(reason -> Runtime.getRuntime().halt(EXPELLED));
    consensus.probe(member -> later(loop, () -> link.probe(member)));
    holder[0] = consensus;
    Future<?> inside =
        in.founder() ? consensus.found(in.self()) : consensus.follow(in.self(), in.others());
    inside.await();
    long number = name.charAt(1) - '0';
    DecidingProcess process =
        new DecidingProcess(
            number * 1_000_000_000_000L + life * 1_000_000_000L, in.self().id(), consensus,
            registers, System.out);
    process.say("READY " + in.self().id());
    for (int i = 0; i < CLIENTS; i++) {
      int client = i;
      new Thread(() -> process.client(client, perSecond / (double) CLIENTS)).start();
    }
    process.report();
  }

  private static <T> T on(VertxScheduler loop, Supplier<Future<T>> task) {
    return later(loop, task).await();
  }

  private static <T> Future<T> later(VertxScheduler loop, Supplier<Future<T>> task) {
    Promise<T> result = Promise.promise();
    loop.execute(() -> task.get().onComplete(result));
    return result.future();
  }

  private static Reachability reachability(Peers peers, Member member) {
    return peers.peers().stream()
        .filter(peer -> peer.member().equals(member))
        .map(PeerState::reachability)
        .findFirst()
        .orElse(Reachability.SILENT);
  }

  private synchronized void say(String line) {
    out.println(line);
    out.flush();
  }

  private void report() {
    while (true) {
      ConsensusStatus now = consensus.status();
      say("S " + now.voters().size() + " " + self + " " + now.leader());
      LockSupport.parkNanos(1_000_000_000L);
    }
  }

  private void client(int client, double perSecond) {
    Random random = Seeds.random(base + client);
    while (true) {
      long id = base + last.incrementAndGet();
      String key = "k" + random.nextInt(KEYS);
      if (random.nextBoolean()) {
        write(id, key);
      } else {
        read(id, key);
      }
      LockSupport.parkNanos((long) (random.nextDouble() * 2e9 / perSecond));
    }
  }

  private void write(long id, String key) {
    say("W " + id + " " + key + " " + id + " " + System.nanoTime());
    end(
        id,
        consensus
            .decisions()
            .propose(
                Registers.NAME,
                Registers.command(id, self, Registers.Verb.WRITE, key, id, 0),
                DEADLINE)
            .map(0L));
  }

  private void read(long id, String key) {
    say("R " + id + " " + key + " " + System.nanoTime());
    end(id, consensus.decisions().barrier(DEADLINE).map(done -> registers.value(key)));
  }

  private void end(long id, Future<Long> outcome) {
    try {
      long value = outcome.await();
      say("= " + id + " " + value + " " + System.nanoTime());
    } catch (MabeamException failure) {
      if (failure.code() != ErrorCode.TIMEOUT) {
        say("x " + id + " " + failure.code());
      }
    }
  }
}
