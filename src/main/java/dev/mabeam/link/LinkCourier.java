package dev.mabeam.link;

import dev.mabeam.time.Scheduler;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * {@link Courier} over connections of its own. A line carries one way: whoever has something to
 * say dials, and the other side only echoes the heartbeats; so two nodes that talk have two.
 *
 * <pre>
 *            send             connected, hello of the same cluster
 *  (none) ────────► DIALLING ────────────────────────────────────► OPEN
 *     ▲   after a pause │ failed: what waited is dropped             │ closed, or no echo for 2 s
 *     └─────────────────┴────────────────────────────────────────────┘
 * </pre>
 *
 * <p>The first attempt after a line broke is made at once, since an election may wait for it; the
 * pauses after attempts that failed grow from 20 ms to half a second. What is sent in a pause is
 * dropped.
 */
final class LinkCourier implements Courier {
  private static final System.Logger LOG = System.getLogger(LinkCourier.class.getName());
  private static final Duration PING = Duration.ofMillis(500);
  static final Duration STALE = Duration.ofSeconds(2);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);
  /** What may wait for a line that is being opened, to one address. */
  static final int MAX_WAITING_BYTES = 4 * 1024 * 1024;

  private final Lines dialler;
  private final Scheduler scheduler;
  private final Supplier<String> clusterId;
  /** Read on other threads by {@link #reaches}, changed only on the link's. */
  private final Map<LinkAddress, Line> lines = new ConcurrentHashMap<>();
  private final Set<Wire> incoming = new HashSet<>();
  private Scheduler.Scheduled heart;
  private Handler handler = (from, type, payload) -> {};
  private boolean closed;

  /**
   * @param clusterId this node's cluster, empty as long as it is in none
   */
  LinkCourier(Lines dialler, Scheduler scheduler, Supplier<String> clusterId) {
    this.dialler = dialler;
    this.scheduler = scheduler;
    this.clusterId = clusterId;
  }

  @Override
  public void onFrame(Handler newHandler) {
    handler = newHandler;
  }

  @Override
  public void send(LinkAddress to, byte type, Buffer payload) {
    if (type < FIRST_TYPE) {
      throw new IllegalArgumentException("frames of type " + type + " are the link's own");
    }
    if (payload.length() > FrameCodec.MAX_PAYLOAD) {
      throw new IllegalArgumentException("a frame of " + payload.length() + " bytes is too long");
    }
    if (!closed && !clusterId.get().isEmpty()) {
      lines.computeIfAbsent(to, Line::new).send(new Frame(type, payload));
    }
  }

  @Override
  public boolean reaches(LinkAddress to) {
    Line line = lines.get(to);
    return line != null && line.reaches();
  }

  /** Takes over a connection on which another node announced that it is a courier's. */
  void accept(Wire wire) {
    Hello from = wire.hello();
    if (closed || !sameCluster(from)) {
      wire.refuse(
          "OTHER_CLUSTER",
          "node '" + from.name() + "' is in cluster '" + from.clusterId() + "', this one in '"
              + clusterId.get() + "'");
      return;
    }
    incoming.add(wire);
    wire.onClose(() -> incoming.remove(wire));
    wire.onFrame(frame -> received(wire, frame));
  }

  private boolean sameCluster(Hello hello) {
    return !hello.clusterId().isEmpty() && hello.clusterId().equals(clusterId.get());
  }

  private void received(Wire wire, Frame frame) {
    if (frame.type() == Frame.HEARTBEAT) {
      wire.send(new Frame(Frame.ECHO, frame.payload()));
    } else if (frame.type() >= FIRST_TYPE && !closed) {
      handle(wire.hello(), frame);
    }
  }

  /** One bad frame of one peer must not end the line that it came on. */
  private void handle(Hello from, Frame frame) {
    try {
      handler.frame(from.link(), frame.type(), frame.payload());
    } catch (RuntimeException defect) {
      LOG.log(
          System.Logger.Level.ERROR,
          "could not handle a frame of type " + frame.type() + " from '" + from.name() + "'",
          defect);
    }
  }

  private void startHeart() {
    if (heart == null) {
      heart = scheduler.every(PING, this::beat);
    }
  }

  private void beat() {
    long now = scheduler.nanos();
    lines.values().forEach(line -> line.beat(now));
  }

  void close() {
    closed = true;
    if (heart != null) {
      heart.cancel();
    }
    List.copyOf(lines.values()).forEach(Line::close);
    List.copyOf(incoming).forEach(Wire::close);
  }

  /** The way to one address. */
  private final class Line {
    private final LinkAddress to;
    private final List<Frame> waiting = new ArrayList<>();
    private volatile Wire wire;
    private volatile long heardNanos;
    private int waitingBytes;
    private boolean dialling;
    private Duration pause = Duration.ZERO;
    private long nextDialNanos = scheduler.nanos();

    Line(LinkAddress to) {
      this.to = to;
    }

    void send(Frame frame) {
      if (wire != null) {
        wire.send(frame);
        return;
      }
      if (!dialling && scheduler.nanos() - nextDialNanos >= 0) {
        dial();
      }
      if (dialling && waitingBytes + frame.payload().length() <= MAX_WAITING_BYTES) {
        waiting.add(frame);
        waitingBytes += frame.payload().length();
      } else if (wire != null) {
        wire.send(frame);
      }
    }

    private void dial() {
      startHeart();
      dialling = true;
      dialler.dial(to, Hello.COURIER).onSuccess(this::dialled);
    }

    private void dialled(Lines.Dialled outcome) {
      dialling = false;
      List<Frame> first = List.copyOf(waiting);
      waiting.clear();
      waitingBytes = 0;
      if (!(outcome instanceof Lines.Dialled.Opened opened)) {
        rest();
      } else if (closed || !sameCluster(opened.wire().hello())) {
        opened.wire().close();
        rest();
      } else {
        open(opened.wire());
        first.forEach(opened.wire()::send);
      }
    }

    private void open(Wire opened) {
      opened.onFrame(
          frame -> {
            if (frame.type() == Frame.ECHO) {
              heardNanos = scheduler.nanos();
              pause = Duration.ZERO;
            }
          });
      opened.onClose(() -> lost(opened));
      heardNanos = scheduler.nanos();
      wire = opened;
      opened.send(Frame.of(Frame.HEARTBEAT, heardNanos));
    }

    private void lost(Wire ended) {
      if (wire == ended) {
        wire = null;
        rest();
      }
    }

    /** The next attempt waits for longer each time, until somebody answered. */
    private void rest() {
      nextDialNanos = scheduler.nanos() + pause.toNanos();
      Duration twice = pause.isZero() ? FIRST_PAUSE : pause.multipliedBy(2);
      pause = twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
    }

    void beat(long now) {
      Wire open = wire;
      if (open == null) {
        return;
      }
      if (now - heardNanos > STALE.toNanos()) {
        open.close();
      } else {
        open.send(Frame.of(Frame.HEARTBEAT, now));
      }
    }

    boolean reaches() {
      return wire != null && scheduler.nanos() - heardNanos <= STALE.toNanos();
    }

    void close() {
      if (wire != null) {
        wire.close();
      }
    }
  }
}
