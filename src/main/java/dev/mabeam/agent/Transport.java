package dev.mabeam.agent;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageProducer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Puts batches on the event bus. One that nobody can have got, since nobody listens where it goes,
 * is handed back; of any other that fails nothing is known. Any thread.
 */
final class Transport implements Outgoing.Sender {
  private static final System.Logger LOG = System.getLogger(Transport.class.getName());

  private final Vertx vertx;
  private final Consumer<Buffer> undelivered;
  private final Map<String, List<MessageProducer<Buffer>>> producers = new ConcurrentHashMap<>();

  Transport(Vertx vertx, Consumer<Buffer> undelivered) {
    this.vertx = vertx;
    this.undelivered = undelivered;
  }

  @Override
  public void send(String node, int shard, Buffer batch) {
    producers
        .computeIfAbsent(node, this::producers)
        .get(shard)
        .write(batch)
        .onFailure(failure -> failed(node, batch, failure));
  }

  private List<MessageProducer<Buffer>> producers(String node) {
    return IntStream.range(0, Shards.COUNT)
        .mapToObj(shard -> vertx.eventBus().<Buffer>sender(Shards.address(node, shard)))
        .toList();
  }

  private void failed(String node, Buffer batch, Throwable failure) {
    if (failure instanceof ReplyException reply
        && reply.failureType() == ReplyFailure.NO_HANDLERS) {
      undelivered.accept(batch);
    } else {
      LOG.log(Level.DEBUG, "lost a batch to {0}: {1}", node, failure);
    }
  }

  /** Nothing more goes there. */
  void gone(String node) {
    producers.remove(node);
  }
}
