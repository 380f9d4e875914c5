package dev.mabeam;

import dev.mabeam.agent.Agent;
import dev.mabeam.agent.AgentContext;
import dev.mabeam.agent.AgentMessage;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Counts the numbers that it is sent, and writes each that it applies into a file of its activation
 * before it goes on: what is in the file stays there when the process is killed. A message is a
 * number of eight bytes, 0 for a question that changes nothing; the answer is the epoch and the
 * count, of eight bytes each.
 *
 * <p>Config: {@code files}, the directory; {@code thinks}, for how many milliseconds it is at a
 * message before it applies it. {@link RecordedLoad} sends to it, and reads the files.
 */
public final class RecordingAgent implements Agent {
  static final int ANSWER_BYTES = 16;

  private AgentContext context;
  private long count;
  /** The activation whose checkpoint this one began with, and how much was in it. */
  private long fromEpoch;
  private long fromCount;
  private long epoch;
  private FileOutputStream file;

  @Override
  public Future<?> start(AgentContext agent) {
    context = agent;
    return Future.succeededFuture();
  }

  @Override
  public Future<?> receive(AgentMessage message) {
    long number = ((Buffer) message.body()).getLong(0);
    int thinks = context.config().getInteger("thinks", 0);
    if (number == 0 || thinks == 0) {
      return apply(number);
    }
    // An agent's own timers wait until the message is done.
    return context.vertx().timer(thinks, TimeUnit.MILLISECONDS).compose(thought -> apply(number));
  }

  private Future<Object> apply(long number) {
    try {
      if (number > 0) {
        if (epoch != context.epoch()) {
          begin();
        }
        count++;
        write("A " + System.nanoTime() + " " + number);
      }
      return Future.succeededFuture(
          Buffer.buffer(ANSWER_BYTES).appendLong(context.epoch()).appendLong(count));
    } catch (IOException failure) {
      return Future.failedFuture(failure);
    }
  }

  /** With the first number that this activation applies. */
  private void begin() throws IOException {
    epoch = context.epoch();
    Path path =
        Path.of(
            context.config().getString("files"),
            context.id() + "@" + epoch + "@" + context.nodeId().replace('#', '-'));
    file = new FileOutputStream(path.toFile(), true);
    write("B " + System.nanoTime() + " " + fromEpoch + " " + fromCount);
  }

  private void write(String line) throws IOException {
    file.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public Buffer snapshot() {
    long applied = epoch == 0 ? fromEpoch : epoch;
    return Buffer.buffer(16).appendLong(applied).appendLong(count);
  }

  @Override
  public Future<?> restore(Buffer state, int version) {
    fromEpoch = state.getLong(0);
    fromCount = state.getLong(8);
    count = fromCount;
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    try {
      if (file != null) {
        file.close();
      }
      return Future.succeededFuture();
    } catch (IOException failure) {
      return Future.failedFuture(failure);
    }
  }
}
