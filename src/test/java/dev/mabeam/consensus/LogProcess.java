package dev.mabeam.consensus;

import com.sun.management.OperatingSystemMXBean;
import dev.mabeam.disk.FileDisk;
import dev.mabeam.link.Admission;
import dev.mabeam.link.Courier;
import dev.mabeam.link.Link;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.LinkOptions;
import dev.mabeam.link.OldestMemberRegistrar;
import dev.mabeam.link.SeedSource;
import dev.mabeam.link.TcpLinkTransport;
import dev.mabeam.time.ThreadScheduler;
import dev.mabeam.time.VertxScheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A log in a process of its own, on the real link: no node around it. Arguments: {@code name port
 * seedPort memory|DIRECTORY}. It writes {@code READY}, then answers each line on its standard input
 * with one: {@code found}; {@code join FOUNDER}; {@code add ENDPOINT}; {@code leads}; {@code status}; {@code load
 * OUTSTANDING BYTES SECONDS}, which appends here if this leads, else asks the leader to; {@code ping
 * OUTSTANDING BYTES SECONDS}, which sends the same frames to the leader and back without a log. It
 * ends when its input does.
 */
public final class LogProcess {
  private static final byte PING = 30;
  private static final byte PONG = 31;

  private final String name;
  private final String store;
  private final LinkAddress address;
  private final ThreadScheduler thread;
  private final Courier courier;
  private final ThreadScheduler caller = ThreadScheduler.start("caller");
  private final Map<Long, Consumer<Boolean>> asked = new HashMap<>();
  private final Executor encoder =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread encoding = new Thread(task, "encoder");
            encoding.setDaemon(true);
            return encoding;
          });
  private MicroRaftLog log;
  private long lastAsked;

  private LogProcess(
      String name, String store, LinkAddress address, ThreadScheduler thread, Courier courier) {
    this.name = name;
    this.store = store;
    this.address = address;
    this.thread = thread;
    this.courier = courier;
    courier.onFrame(this::frame);
  }

  public static void main(String[] args) {
    try {
      run(args);
      System.exit(0);
    } catch (IOException | RuntimeException failure) {
      failure.printStackTrace();
      System.exit(1);
    }
  }

  private static void run(String[] args) throws IOException {
    String name = args[0];
    LinkAddress address = new LinkAddress("127.0.0.1", Integer.parseInt(args[1]));
    LinkAddress seed = new LinkAddress("127.0.0.1", Integer.parseInt(args[2]));
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    VertxScheduler loop = new VertxScheduler(vertx, vertx.getOrCreateContext());
    Promise<Admission> joined = Promise.promise();
    CompletableFuture<Link> link = new CompletableFuture<>();
    loop.execute(
        () -> {
          Link made =
              Link.create(
                  new LinkOptions(
                      name, address, address, address, address.equals(seed), 0,
                      Duration.ofSeconds(30)),
                  new TcpLinkTransport(vertx),
                  SeedSource.fixed(address.equals(seed) ? List.of() : List.of(seed)),
                  loop,
                  new Random());
          OldestMemberRegistrar.serve(made, loop);
          link.complete(made);
          made.join().onComplete(joined);
        });
    joined.future().await();
    ThreadScheduler thread = ThreadScheduler.start("log");
    Courier courier = Courier.hopping(link.join().courier(), loop::execute, thread::execute);
    LogProcess process = new LogProcess(name, args[3], address, thread, courier);
    System.out.println("READY");
    process.serve();
  }

  private void serve() throws IOException {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ");
      System.out.println(answer(words));
    }
  }

  private String answer(String[] words) {
    return switch (words[0]) {
      case "found" -> {
        Endpoint self = endpoint();
        begin(() -> MicroRaftLog.found("g", self, new Quiet(), context(), openStore()));
        yield text(self);
      }
      case "join" -> {
        Endpoint self = endpoint();
        Endpoint founder = parse(words[1]);
        begin(() -> MicroRaftLog.join("g", self, founder, new Quiet(), context(), openStore()));
        yield text(self);
      }
      case "add" -> add(parse(words[1]));
      case "leads" ->
          onThread(() -> Future.succeededFuture("" + (log.status().role() == Log.Role.LEADER)));
      case "status" -> onThread(() -> Future.succeededFuture(log.status().toString()));
      case "load" ->
          new Load(words, this::append, this::propose)
              .run(onThread(() -> Future.succeededFuture(log.status().role() == Log.Role.LEADER)))
              .encode();
      case "ping" -> new Load(words, this::ping, this::ping).run(false).encode();
      default -> "?";
    };
  }

  private Endpoint endpoint() {
    return new Endpoint(name + "-" + Long.toHexString(new Random().nextLong()), name, address);
  }

  private static String text(Endpoint endpoint) {
    return endpoint.id() + "," + endpoint.node() + "," + endpoint.address();
  }

  private static Endpoint parse(String text) {
    String[] parts = text.split(",");
    return new Endpoint(parts[0], parts[1], LinkAddress.parse(parts[2]));
  }

  private LogContext context() {
    return new LogContext(thread, new Random(), courier, encoder, LogSettings.DEFAULT);
  }

  private LogStore openStore() {
    if (store.equals("memory")) {
      return LogStore.memory();
    }
    try {
      return ForcedStore.open(FileDisk.open(Path.of(store)), "g", encoder, thread::execute);
    } catch (IOException unusable) {
      throw new UncheckedIOException(unusable);
    }
  }

  private void begin(Supplier<MicroRaftLog> make) {
    onThread(
        () -> {
          log = make.get();
          return log.start();
        });
  }

  /** Takes the next step towards a voter, and says what it is now. */
  private String add(Endpoint endpoint) {
    try {
      return onThread(
          () -> {
            Log.LogStatus now = log.status();
            if (now.voters().contains(endpoint)) {
              return Future.succeededFuture("voter");
            }
            Log.Change step =
                now.learners().contains(endpoint)
                    ? Log.Change.PROMOTE
                    : Log.Change.ADD_LEARNER;
            return log.change(endpoint, step, now.configuration()).map("on its way");
          });
    } catch (CompletionException notNow) {
      return "not now: " + notNow.getCause().getMessage();
    }
  }

  private <T> T onThread(Supplier<Future<T>> task) {
    CompletableFuture<T> result = new CompletableFuture<>();
    thread.execute(
        () ->
            task.get().onComplete(result::complete, result::completeExceptionally));
    return result.orTimeout(30, TimeUnit.SECONDS).join();
  }

  private void frame(LinkAddress from, byte type, Buffer payload) {
    switch (type) {
      case FrameType.LOG -> log.receive(payload);
      case FrameType.PROPOSE -> {
        long id = payload.getLong(0);
        log.append(payload.getBuffer(8, payload.length()))
            .onComplete(
                done ->
                    courier.send(
                        from,
                        FrameType.PROPOSED,
                        Buffer.buffer()
                            .appendLong(id)
                            .appendByte((byte) (done.succeeded() ? 1 : 0))));
      }
      case FrameType.PROPOSED, PONG ->
          asked.remove(payload.getLong(0)).accept(payload.getByte(8) == 1);
      case PING ->
          courier.send(
              from, PONG, Buffer.buffer().appendLong(payload.getLong(0)).appendByte((byte) 1));
      default -> throw new IllegalArgumentException("a frame of type " + type);
    }
  }

  // ---- load -----------------------------------------------------------------------------------

  private void append(Buffer command, Consumer<Boolean> done) {
    log.append(command).onComplete(result -> done.accept(result.succeeded()));
  }

  private void propose(Buffer command, Consumer<Boolean> done) {
    ask(FrameType.PROPOSE, command, done);
  }

  private void ping(Buffer command, Consumer<Boolean> done) {
    ask(PING, command, done);
  }

  private void ask(byte type, Buffer command, Consumer<Boolean> done) {
    long id = ++lastAsked;
    asked.put(id, done);
    courier.send(
        log.status().leader().address(),
        type,
        Buffer.buffer(8 + command.length()).appendLong(id).appendBuffer(command));
  }

  /** Something that is done on the log's thread and says there whether it worked. */
  private interface Operation {
    void start(Buffer command, Consumer<Boolean> done);
  }

  /** So many at a time, for so long; the first third warms up. */
  private final class Load {
    private final int outstanding;
    private final Buffer command;
    private final long nanos;
    private final Operation atLeader;
    private final Operation elsewhere;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final long[] latencies = new long[20_000_000];
    private Operation operation;
    private long countFrom;
    private long until;
    private long cpuFrom;
    private long cpu;
    private int counted;
    private long failed;
    private int underWay;

    Load(String[] words, Operation atLeader, Operation elsewhere) {
      this.outstanding = Integer.parseInt(words[1]);
      this.command = Buffer.buffer(new byte[Integer.parseInt(words[2])]);
      this.nanos = Long.parseLong(words[3]) * 1_000_000_000;
      this.atLeader = atLeader;
      this.elsewhere = elsewhere;
    }

    JsonObject run(boolean leads) {
      operation = leads ? atLeader : elsewhere;
      long from = System.nanoTime();
      countFrom = from + nanos / 2;
      until = countFrom + nanos;
      caller.execute(
          () -> {
            for (int i = 0; i < outstanding; i++) {
              next();
            }
          });
      ended.join();
      long[] sorted = Arrays.copyOf(latencies, counted);
      Arrays.sort(sorted);
      return new JsonObject()
          .put("at", leads ? "leader" : "follower")
          .put("outstanding", outstanding)
          .put("bytes", command.length())
          .put("perSecond", Math.round(counted * 1e9 / nanos))
          .put("p50Micros", percentile(sorted, 0.5))
          .put("p99Micros", percentile(sorted, 0.99))
          .put("maxMicros", percentile(sorted, 1))
          .put("failed", failed)
          .put("cpuMicrosEach", Math.round(cpu / 100.0 / Math.max(1, counted)) / 10.0);
    }

    private long percentile(long[] sorted, double share) {
      return sorted.length == 0
          ? 0
          : sorted[(int) Math.min(sorted.length - 1, share * sorted.length)] / 1_000;
    }

    private void next() {
      long now = System.nanoTime();
      if (now >= until) {
        if (underWay == 0) {
          cpu = cpuNanos() - cpuFrom;
          ended.complete(null);
        }
        return;
      }
      underWay++;
      thread.execute(
          () -> operation.start(command, worked -> caller.execute(() -> done(now, worked))));
    }

    private void done(long from, boolean worked) {
      underWay--;
      long now = System.nanoTime();
      if (!worked) {
        failed++;
        caller.after(Duration.ofMillis(5), this::next);
        return;
      }
      if (now >= countFrom && now < until) {
        if (counted == 0) {
          cpuFrom = cpuNanos();
        }
        latencies[counted++] = now - from;
      }
      next();
    }

    private static long cpuNanos() {
      return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
          .getProcessCpuTime();
    }
  }

  /** Follows, and keeps nothing. */
  private static final class Quiet implements Log.Follower {
    private long applied;

    @Override
    public void committed(long index, Buffer entry) {
      applied = index;
    }

    @Override
    public Supplier<Buffer> image(long index) {
      long now = applied;
      return () -> Buffer.buffer().appendLong(now);
    }

    @Override
    public void restore(long index, Buffer image) {
      applied = index;
    }

    @Override
    public void changed(Log.LogStatus status) {
      System.err.println(new JsonArray().add(status.toString()).encode());
    }
  }
}
