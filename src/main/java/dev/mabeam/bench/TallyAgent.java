package dev.mabeam.bench;

import dev.mabeam.agent.Agent;
import dev.mabeam.agent.AgentContext;
import dev.mabeam.agent.AgentMessage;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.Random;

/**
 * Keeps account of one sender that numbers its messages from 1: a number that it had before was
 * duplicated, one that it has not had when a later one comes was lost or reordered. Its state has a
 * given size, which a benchmark wants to carry around, and it says what changes of that.
 *
 * <p>A message is a number of eight bytes, 0 for a question that changes nothing. The answer is
 * what {@link Tally} reads.
 */
public final class TallyAgent implements Agent {
  private static final int DEFAULT_BYTES = 1_024;

  private long last;
  private long duplicated;
  private long missed;
  private boolean changed;
  private Buffer padding = Buffer.buffer();
  private AgentContext context;

  @Override
  public Future<?> start(AgentContext agent) {
    context = agent;
    byte[] bytes =
        new byte[Math.max(0, agent.config().getInteger("bytes", DEFAULT_BYTES) - Tally.BYTES)];
    // As states do, it must not shrink to nothing when something on the way packs it.
    new Random(agent.id().hashCode()).nextBytes(bytes);
    padding = Buffer.buffer(bytes);
    return Future.succeededFuture();
  }

  @Override
  public Future<?> receive(AgentMessage message) {
    long number = ((Buffer) message.body()).getLong(0);
    changed |= number > 0;
    if (number > 0 && number <= last) {
      duplicated++;
    } else if (number > 0) {
      missed += number - last - 1;
      last = number;
    }
    return Future.succeededFuture(tally().appendString(context.nodeId()));
  }

  private Buffer tally() {
    return new Tally(last, duplicated, missed, context.epoch(), "").encode();
  }

  @Override
  public Buffer snapshot() {
    changed = false;
    return tally().appendBuffer(padding);
  }

  @Override
  public Buffer delta() {
    Buffer delta = changed ? tally() : Buffer.buffer();
    changed = false;
    return delta;
  }

  @Override
  public void replay(Buffer delta) {
    take(delta);
  }

  @Override
  public Future<?> restore(Buffer state, int version) {
    take(state.slice(0, Tally.BYTES));
    padding = state.getBuffer(Tally.BYTES, state.length());
    return Future.succeededFuture();
  }

  private void take(Buffer tally) {
    Tally kept = Tally.decode(tally);
    last = kept.last();
    duplicated = kept.duplicated();
    missed = kept.missed();
  }
}
