package dev.mabeam.consensus;

import dev.mabeam.link.LinkAddress;
import dev.mabeam.time.Scheduler;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * How a node without a vote follows what is decided.
 *
 * <pre>
 *   observer                                             a voter
 *      │  FOLLOW {feed, next}                               │
 *      ├───────────────────────────────────────────────────►│
 *      │  ENTRIES {group, last, first, entries}             │  what it has applied; every 250 ms at
 *      │◄───────────────────────────────────────────────────┤  least, if only to say that it lives
 *      │  FOLLOW {feed, next}: an acknowledgement           │
 *      ├───────────────────────────────────────────────────►│
 *      │                     or, if the entries are gone:   │
 *      │  IMAGE {index, total, offset, piece}               │
 *      │◄───────────────────────────────────────────────────┤
 *      │  FOLLOW {feed, next, image, offset}                │
 *      ├───────────────────────────────────────────────────►│
 * </pre>
 *
 * <p><b>Invariant.</b> A committed entry is the same in every log that has one at its index, however
 * old the term or the leader that its keeper believes in. So a source that was deposed, cut off or
 * is slow can only be behind. The copy takes an entry only if it is the next, and an image only if
 * it goes further than the copy: nothing goes back, nothing is taken twice or left out, and two
 * observers at one index are equal.
 *
 * <p><b>What gets lost.</b> A gap, or half a second without progress while the source has more,
 * makes the observer ask again under a new feed number; frames of an old one are ignored. A half
 * image goes on where it stopped, as long as the source still has that image.
 *
 * <p><b>When a party dies.</b> A source that says nothing for a second is given up, and so is one
 * that votes no more, or knows no leader for a second: it may be on the smaller side of a cut. The
 * next one is another voter, or, before any is known, another member. The source forgets whom it
 * did not hear for three seconds.
 */
final class Observer {
  private static final Duration TICK = Duration.ofMillis(100);
  private static final long SILENT_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long LEADERLESS_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long KEEP_NANOS = Duration.ofMillis(500).toNanos();
  private static final long AGAIN_NANOS = Duration.ofMillis(100).toNanos();
  private static final int ACKNOWLEDGE_ENTRIES = 512;

  private final Post post;
  private final Scheduler scheduler;
  private final RandomGenerator random;
  private final Replica replica;
  private final Group group;
  private final Rules rules;
  private List<LinkAddress> others = List.of();
  private Scheduler.Scheduled tick;
  private LinkAddress source;
  private long feed;
  private long heardNanos;
  private long ledNanos;
  private long saidNanos;
  private long acknowledged;
  private long image;
  private long imageTotal;
  private Buffer pieces;
  /** Up to where the source says that it is. */
  private long sourceLast;
  private long progressNanos;

  Observer(
      Post post,
      Scheduler scheduler,
      RandomGenerator random,
      Replica replica,
      Group group,
      Rules rules) {
    this.post = post;
    this.scheduler = scheduler;
    this.random = random;
    this.replica = replica;
    this.group = group;
    this.rules = rules;
    post.on(FrameType.ENTRIES, (from, type, payload) -> entries(from, payload));
    post.on(FrameType.IMAGE, (from, type, payload) -> image(from, payload));
  }

  /** Whom to ask as long as no voter is known. */
  void others(List<LinkAddress> addresses) {
    others = List.copyOf(addresses);
  }

  void start() {
    if (tick == null) {
      tick = scheduler.every(TICK, this::tick);
      turnToAnother();
    }
  }

  /** This node's own log feeds the copy from now on. */
  void stop() {
    if (tick != null) {
      tick.cancel();
      tick = null;
      source = null;
      dropImage();
    }
  }

  boolean observes() {
    return tick != null;
  }

  private void tick() {
    long now = scheduler.nanos();
    boolean silent = now - heardNanos > SILENT_NANOS;
    boolean leaderless = now - ledNanos > LEADERLESS_NANOS;
    if (source == null || silent || leaderless) {
      turnToAnother();
    } else if (sourceLast > replica.index() && now - progressNanos > KEEP_NANOS) {
      again();
    } else if (now - saidNanos > KEEP_NANOS) {
      follow();
    }
  }

  private void turnToAnother() {
    List<LinkAddress> candidates = new ArrayList<>();
    group.status().voters().forEach(voter -> candidates.add(voter.address()));
    if (candidates.isEmpty() || random.nextInt(8) == 0) {
      // What is known of the voters may be long out of date.
      candidates.addAll(others);
    }
    candidates.removeIf(address -> post.isSelf(address) || address.equals(source));
    if (candidates.isEmpty()) {
      candidates.addAll(others);
      candidates.removeIf(post::isSelf);
    }
    source = candidates.isEmpty() ? source : candidates.get(random.nextInt(candidates.size()));
    heardNanos = scheduler.nanos();
    ledNanos = scheduler.nanos();
    sourceLast = 0;
    dropImage();
    again();
  }

  private void dropImage() {
    image = 0;
    pieces = null;
  }

  /** From the next entry on, whatever was sent before. */
  private void again() {
    feed = random.nextLong();
    progressNanos = scheduler.nanos();
    follow();
  }

  private void follow() {
    if (source == null) {
      return;
    }
    saidNanos = scheduler.nanos();
    acknowledged = replica.index();
    long offset = pieces == null ? 0 : pieces.length();
    FeedWire.Follow frame = new FeedWire.Follow(feed, replica.index() + 1, image, offset);
    post.send(source, FrameType.FOLLOW, frame.encode());
  }

  private boolean current(LinkAddress from, long ofFeed) {
    return tick != null && ofFeed == feed && from.equals(source);
  }

  private void entries(LinkAddress from, Buffer payload) {
    FeedWire.Entries frame = FeedWire.Entries.decode(payload);
    if (!current(from, frame.feed())) {
      return;
    }
    group.told(frame.group());
    heardNanos = scheduler.nanos();
    sourceLast = frame.last();
    if (frame.group().leader() != null) {
      ledNanos = heardNanos;
    }
    if (!frame.serves()) {
      // Known of it are at least the voters, by now.
      source = null;
      return;
    }
    if (frame.first() > replica.index() + 1 && pieces == null) {
      askAgainForWhatIsMissing();
      return;
    }
    long index = frame.first();
    for (Buffer entry : frame.entries()) {
      if (tick == null) {
        return;
      }
      if (replica.offer(index, entry)) {
        progressNanos = heardNanos;
      }
      index++;
    }
    if (tick != null && replica.index() - acknowledged >= ACKNOWLEDGE_ENTRIES) {
      follow();
    }
  }

  private void askAgainForWhatIsMissing() {
    if (scheduler.nanos() - saidNanos > AGAIN_NANOS) {
      again();
    }
  }

  private void image(LinkAddress from, Buffer payload) {
    FeedWire.Image frame = FeedWire.Image.decode(payload);
    if (!current(from, frame.feed())) {
      return;
    }
    heardNanos = scheduler.nanos();
    if (frame.index() != image) {
      image = frame.index();
      imageTotal = frame.total();
      pieces = Buffer.buffer();
    }
    if (frame.offset() != pieces.length()) {
      askAgainForWhatIsMissing();
      return;
    }
    pieces.appendBuffer(frame.piece());
    progressNanos = heardNanos;
    if (pieces.length() >= imageTotal) {
      Buffer whole = pieces;
      dropImage();
      replica.restore(whole);
      if (tick != null) {
        again();
      }
    } else {
      follow();
    }
  }
}
