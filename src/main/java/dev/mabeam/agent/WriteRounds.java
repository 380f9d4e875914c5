package dev.mabeam.agent;

import dev.mabeam.time.Scheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Has the agents of a node write in rounds. Those that have something to write before the
 * checkpoints' thread comes to it make up a round: together they take one frame to each store, and
 * are confirmed together. Who has something while a round is under way collects on, and writes in
 * the next one. So there are the fewer writes, and the more messages in each, the more there is to
 * do, and a write that comes alone waits for nothing.
 *
 * <pre>
 *         begun, taken, and all who waited are back          all of it have ended
 *  OPEN ────────────────────────────────────────────► UNDER_WAY ──────────────► OPEN
 *    ▲                                                   │   many of them, and most
 *    │     as many messages again, or it takes long      ▼   will be back with more
 *    └───────────────────────────────────────────── GATHERING
 * </pre>
 *
 * <p><b>Gathering.</b> Who got an answer mostly has another message, soon. If the next round began
 * when one ends, it would have those messages that came meanwhile; those who were just answered
 * would be in the one after, and so there would be two halves for good that wait for each other,
 * with half as many messages to each checkpoint. So a round that many messages are to be in waits
 * until about as many have come as were under way. If that takes twice as long as the round took,
 * and {@link #GATHERING_TIME}, then who was answered does not come back, or goes to another node.
 * When that is so for the second time nothing is gathered for {@value #PAUSE} times as long as it
 * took, and for twice as long each further time. So what gathering in vain costs is a small part
 * of the time, and ever less.
 *
 * <p>A round that takes longer than {@link #PATIENCE}, since some of its agents write to a store
 * that is slow or silent, does not hold up the others any longer. Any thread.
 */
final class WriteRounds {
  static final Duration PATIENCE = Duration.ofMillis(5);
  static final Duration GATHERING_TIME = Duration.ofMillis(2);
  /** Fewer messages than that are not gathered. */
  static final int MANY = 32;
  /** For how many times as long as it took nothing is gathered after it was in vain. */
  static final int PAUSE = 16;
  /** Nobody waits for a write that is larger: it belongs to no round. */
  static final int LARGE = 64 * 1024;
  /** Of a write that belongs to none. */
  static final long NONE = 0;

  private enum Phase { OPEN, UNDER_WAY, GATHERING }

  private final RunQueue writes;
  private final Scheduler scheduler;
  private Map<Home, List<Runnable>> waiting = new LinkedHashMap<>();
  private long round = 1;
  private volatile Phase phase = Phase.OPEN;
  /** When that began. */
  private long sinceNanos;
  /** Writes of this round that have not ended; and whether one was taken. */
  private int underWay;
  private boolean taken;
  /** Homes that were woken for this round, and have not come to it. */
  private int coming;
  /** Messages in the writes of this round, and of those that wait for the next. */
  private int messages;
  private int collected;
  /** How many are to be collected before the next round. */
  private int enough;
  /** For how long at most; how often it was in vain since it was not; not again before that. */
  private long gatheringNanos;
  private int vain;
  private long notBeforeNanos;
  private boolean watched;

  /**
   * @param writes runs tasks on the checkpoints' thread
   */
  WriteRounds(RunQueue writes, Scheduler scheduler) {
    this.writes = writes;
    this.scheduler = scheduler;
  }

  /** Whether a write may begin now. */
  boolean isOpen() {
    return phase == Phase.OPEN;
  }

  /**
   * Runs {@code again} on {@code home} when one may; so many {@code more} messages wait for that.
   *
   * @param again null if that is known from before
   */
  void await(Home home, Runnable again, int more) {
    Map<Home, List<Runnable>> all;
    synchronized (this) {
      if (phase == Phase.OPEN) {
        all = again == null ? Map.of() : Map.of(home, List.of(again));
      } else {
        if (again != null) {
          waiting.computeIfAbsent(home, none -> new ArrayList<>()).add(again);
        }
        collected += more;
        all = isEnough() ? open() : Map.of();
        if (phase != Phase.OPEN) {
          watch();
        }
      }
    }
    wake(all);
  }

  private boolean isEnough() {
    return phase == Phase.GATHERING && (collected >= enough || sinceThen() >= gatheringNanos);
  }

  private long sinceThen() {
    return scheduler.nanos() - sinceNanos;
  }

  /**
   * A write of so many bytes begins, for so many messages; the round that {@link #taken} and {@link
   * #ended} are to hear of.
   */
  synchronized long begun(int bytes, int ofMessages) {
    if (phase != Phase.OPEN || bytes > LARGE) {
      return NONE;
    }
    underWay++;
    messages += ofMessages;
    return round;
  }

  /** The checkpoints' thread has come to a write of that round: who is not in it waits. */
  synchronized void taken(long of) {
    if (of == round) {
      taken = true;
      close();
    }
  }

  private void close() {
    if (phase == Phase.OPEN && taken && coming == 0) {
      begin(Phase.UNDER_WAY);
    }
  }

  private void begin(Phase next) {
    phase = next;
    sinceNanos = scheduler.nanos();
  }

  /**
   * A write of that round has ended, well or not. On the checkpoints' thread, and what its home is
   * told of it is {@linkplain Home#fromCheckpoints() on its way}: who waits there hears with that.
   */
  void ended(long of) {
    Map<Home, List<Runnable>> all;
    synchronized (this) {
      all = of == round && --underWay == 0 && phase == Phase.UNDER_WAY ? next() : Map.of();
    }
    wakeFromCheckpoints(all);
  }

  private static void wake(Map<Home, List<Runnable>> all) {
    all.forEach((home, waited) -> Bundle.runAll(waited, home.queue()));
  }

  private void wakeFromCheckpoints(Map<Home, List<Runnable>> all) {
    all.forEach(
        (home, waited) ->
            waited.forEach(again -> home.fromCheckpoints().add(again, writes, home.queue())));
  }

  /** Who is to be woken. */
  private Map<Home, List<Runnable>> next() {
    int expected = messages + collected;
    if (expected >= MANY && !rests()) {
      enough = expected - expected / 8;
      gatheringNanos = Math.max(GATHERING_TIME.toNanos(), 2 * sinceThen());
      begin(Phase.GATHERING);
      if (collected < enough) {
        return Map.of();
      }
    }
    return open();
  }

  private Map<Home, List<Runnable>> open() {
    if (phase == Phase.GATHERING) {
      gathered();
    }
    round++;
    underWay = 0;
    taken = false;
    messages = 0;
    collected = 0;
    begin(Phase.OPEN);
    Map<Home, List<Runnable>> all = waiting;
    waiting = new LinkedHashMap<>();
    coming = all.size();
    long of = round;
    all.values().forEach(waited -> waited.add(() -> came(of)));
    return all;
  }

  private boolean rests() {
    return vain > 1 && scheduler.nanos() - notBeforeNanos < 0;
  }

  private void gathered() {
    if (collected >= enough) {
      vain = 0;
    } else if (++vain > 1) {
      long times = (long) PAUSE << Math.min(vain - 2, 8);
      notBeforeNanos = scheduler.nanos() + times * Math.min(sinceThen(), gatheringNanos);
    }
  }

  /** All of a home who had waited for that round have had their turn. */
  private void came(long of) {
    Map<Home, List<Runnable>> all = Map.of();
    synchronized (this) {
      if (of == round && --coming == 0) {
        close();
        if (phase == Phase.UNDER_WAY && underWay == 0) {
          all = next();
        }
      }
    }
    wake(all);
  }

  private void watch() {
    if (!watched) {
      watched = true;
      scheduler.after(GATHERING_TIME, this::look);
    }
  }

  private void look() {
    Map<Home, List<Runnable>> all = Map.of();
    synchronized (this) {
      watched = false;
      if (isEnough() || phase == Phase.UNDER_WAY && sinceThen() >= PATIENCE.toNanos()) {
        all = open();
      } else if (!waiting.isEmpty()) {
        watch();
      }
    }
    wake(all);
  }
}
