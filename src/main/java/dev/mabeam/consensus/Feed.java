package dev.mabeam.consensus;

import dev.mabeam.link.LinkAddress;
import dev.mabeam.time.Scheduler;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

/**
 * A voter's part in feeding observers; the essay is on {@link Observer}. It sends what is committed
 * and applied here, and no more than a window beyond what was acknowledged. Whoever needs what is
 * no longer kept as entries gets an image first; one image serves all who ask while the entries
 * after it are kept.
 */
final class Feed {
  private static final System.Logger LOG = System.getLogger(Feed.class.getName());
  private static final Duration BEAT = Duration.ofMillis(250);
  private static final long FORGET_NANOS = Duration.ofSeconds(3).toNanos();
  private static final int WINDOW_ENTRIES = 4_096;
  private static final int FRAME_BYTES = 256 * 1024;
  private static final int WINDOW_BYTES = 4 * FRAME_BYTES;

  private static final class Follower {
    long feed;
    long heardNanos;
    long acknowledged;
    long next;
    /** Of the image that it is getting, or 0. */
    long image;
    long imageOffset;
  }

  private final Post post;
  private final Scheduler scheduler;
  private final Executor workers;
  private final Replica replica;
  private final Recent recent;
  private final Group group;
  private final BooleanSupplier serves;
  private final Map<LinkAddress, Follower> followers = new TreeMap<>();
  private final Scheduler.Scheduled beat;
  private long imageIndex;
  private Buffer image;
  private boolean encoding;
  private boolean pushSet;

  /**
   * @param serves whether this node is one to follow: it votes, or is about to
   */
  Feed(
      Post post,
      Scheduler scheduler,
      Executor workers,
      Replica replica,
      Recent recent,
      Group group,
      BooleanSupplier serves) {
    this.post = post;
    this.scheduler = scheduler;
    this.workers = workers;
    this.replica = replica;
    this.recent = recent;
    this.group = group;
    this.serves = serves;
    post.on(FrameType.FOLLOW, (from, type, payload) -> follow(from, payload));
    beat = scheduler.every(BEAT, this::beat);
  }

  void close() {
    beat.cancel();
  }

  /** This node's copy has gone on. */
  void applied() {
    if (!pushSet && !followers.isEmpty()) {
      pushSet = true;
      scheduler.execute(
          () -> {
            pushSet = false;
            followers.forEach(this::push);
          });
    }
  }

  private void follow(LinkAddress from, Buffer payload) {
    FeedWire.Follow asked = FeedWire.Follow.decode(payload);
    if (!serves.getAsBoolean()) {
      followers.remove(from);
      say(from, asked.feed(), asked.next(), List.of());
      return;
    }
    Follower follower = followers.computeIfAbsent(from, key -> new Follower());
    follower.heardNanos = scheduler.nanos();
    follower.acknowledged = asked.next();
    if (follower.feed != asked.feed()) {
      follower.feed = asked.feed();
      follower.next = asked.next();
      follower.image = asked.image();
      follower.imageOffset = asked.offset();
      say(from, follower.feed, follower.next, List.of());
    }
    follower.next = Math.max(follower.next, asked.next());
    if (asked.image() != 0 && asked.image() == follower.image) {
      pushImage(from, follower, asked.offset());
    } else {
      push(from, follower);
    }
  }

  private void beat() {
    long now = scheduler.nanos();
    followers.values().removeIf(follower -> now - follower.heardNanos > FORGET_NANOS);
    if (followers.values().stream().noneMatch(follower -> follower.image != 0)) {
      image = null;
    }
    followers.forEach((to, follower) -> say(to, follower.feed, follower.next, List.of()));
  }

  private void say(LinkAddress to, long feed, long first, List<Buffer> entries) {
    FeedWire.Entries frame =
        new FeedWire.Entries(
            feed, group.status(), replica.index(), serves.getAsBoolean(), first, entries);
    post.send(to, FrameType.ENTRIES, frame.encode());
  }

  private void push(LinkAddress to, Follower follower) {
    if (follower.image != 0 || follower.next > recent.last()) {
      return;
    }
    if (follower.next < recent.first()) {
      startImage(to, follower);
      return;
    }
    long end = follower.acknowledged + WINDOW_ENTRIES;
    Iterator<Buffer> entries = recent.from(follower.next);
    while (entries.hasNext() && follower.next < end) {
      List<Buffer> some = new ArrayList<>();
      long first = follower.next;
      int bytes = 0;
      while (entries.hasNext() && follower.next < end && bytes < FRAME_BYTES) {
        Buffer entry = entries.next();
        some.add(entry);
        bytes += entry.length();
        follower.next++;
      }
      say(to, follower.feed, first, some);
    }
  }

  // ---- images ---------------------------------------------------------------------------------

  private void startImage(LinkAddress to, Follower follower) {
    if (image == null || imageIndex + 1 < recent.first()) {
      encodeImage();
      return;
    }
    follower.image = imageIndex;
    follower.imageOffset = 0;
    pushImage(to, follower, 0);
  }

  private void encodeImage() {
    if (encoding) {
      return;
    }
    encoding = true;
    long index = replica.index();
    var encode = replica.image();
    workers.execute(
        () -> {
          Buffer encoded = null;
          try {
            encoded = encode.get();
          } catch (RuntimeException defect) {
            LOG.log(System.Logger.Level.ERROR, "could not encode an image for observers", defect);
          }
          Buffer done = encoded;
          scheduler.execute(() -> encoded(index, done));
        });
  }

  private void encoded(long index, Buffer encoded) {
    encoding = false;
    if (encoded != null) {
      imageIndex = index;
      image = encoded;
      followers.forEach(this::push);
    }
  }

  private void pushImage(LinkAddress to, Follower follower, long acknowledged) {
    if (image == null || follower.image != imageIndex) {
      follower.image = 0;
      push(to, follower);
      return;
    }
    long end = Math.min(image.length(), acknowledged + WINDOW_BYTES);
    while (follower.imageOffset < end) {
      long from = follower.imageOffset;
      long until = Math.min(end, from + FRAME_BYTES);
      Buffer piece = image.getBuffer((int) from, (int) until);
      FeedWire.Image frame =
          new FeedWire.Image(follower.feed, imageIndex, image.length(), from, piece);
      post.send(to, FrameType.IMAGE, frame.encode());
      follower.imageOffset = until;
    }
  }
}
