package dev.mabeam.agent;

import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageProducer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Puts batches on the event bus. One that nobody can have got, since nobody listens where it goes,
 * is handed back; of any other that fails nothing is known. Any thread.
 *
 * <p>The future of a write completes on the context of its sender: to listen to it wakes the
 * sender's thread once more, for each single ask, and almost always to hear that all is well. So
 * writes are looked at later: two with each that follows, and all of them {@link #LOOK} later.
 */
final class Transport implements Outgoing.Sender {
  private static final System.Logger LOG = System.getLogger(Transport.class.getName());
  static final Duration LOOK = Duration.ofMillis(50);

  /** A batch of which it is not known yet whether it could be written. */
  private record Sent(String node, Buffer batch, Future<Void> written) {}

  private final Vertx vertx;
  private final Scheduler scheduler;
  private final Consumer<Buffer> undelivered;
  private final Map<String, List<MessageProducer<Buffer>>> producers = new ConcurrentHashMap<>();
  private final Queue<Sent> open = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean looking = new AtomicBoolean();

  Transport(Vertx vertx, Scheduler scheduler, Consumer<Buffer> undelivered) {
    this.vertx = vertx;
    this.scheduler = scheduler;
    this.undelivered = undelivered;
  }

  @Override
  public void send(String node, int shard, Buffer batch) {
    Future<Void> written =
        producers.computeIfAbsent(node, this::producers).get(shard).write(batch);
    settle(2);
    settle(new Sent(node, batch, written));
    if (!looking.get() && !open.isEmpty()) {
      lookLater();
    }
  }

  private List<MessageProducer<Buffer>> producers(String node) {
    return IntStream.range(0, Shards.COUNT)
        .mapToObj(shard -> vertx.eventBus().<Buffer>sender(Shards.address(node, shard)))
        .toList();
  }

  private void lookLater() {
    if (looking.compareAndSet(false, true)) {
      scheduler.execute(() -> scheduler.after(LOOK, this::look));
    }
  }

  private void look() {
    looking.set(false);
    settle(open.size());
    if (!open.isEmpty()) {
      lookLater();
    }
  }

  private void settle(int most) {
    for (int i = 0; i < most; i++) {
      Sent sent = open.poll();
      if (sent == null) {
        return;
      }
      settle(sent);
    }
  }

  private void settle(Sent sent) {
    if (!sent.written().isComplete()) {
      open.add(sent);
    } else if (sent.written().failed()) {
      failed(sent, sent.written().cause());
    }
  }

  private void failed(Sent sent, Throwable failure) {
    if (failure instanceof ReplyException reply
        && reply.failureType() == ReplyFailure.NO_HANDLERS) {
      undelivered.accept(sent.batch());
    } else {
      LOG.log(Level.DEBUG, "lost a batch to {0}: {1}", sent.node(), failure);
    }
  }

  /** Nothing more goes there. */
  void gone(String node) {
    producers.remove(node);
  }
}
