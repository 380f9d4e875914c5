package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.checkpoint.StateWrite;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What goes into the checkpoints of an agent that tells what became of its state. */
class AgentStateTest {
  /** One whose every delta is that long. */
  private record Told(int stateBytes, int deltaBytes) implements Agent {
    @Override
    public Future<?> receive(AgentMessage message) {
      return Future.succeededFuture();
    }

    @Override
    public Buffer snapshot() {
      return Buffer.buffer(new byte[stateBytes]);
    }

    @Override
    public Buffer delta() {
      return Buffer.buffer(new byte[deltaBytes]);
    }

    @Override
    public Future<?> restore(Buffer state, int version) {
      return Future.succeededFuture();
    }
  }

  /** How many bytes the checkpoints of so many messages have. */
  private static long written(int messages, Told agent) {
    AgentState state = new AgentState("a", agent);
    return IntStream.range(0, messages)
        .mapToObj(i -> state.next())
        .mapToLong(
            write ->
                write instanceof StateWrite.Base whole
                    ? whole.state().length()
                    : write instanceof StateWrite.Delta delta ? delta.change().length() : 0)
        .sum();
  }

  @Test
  void shouldWriteASmallStateAnewEveryHundredDeltas() {
    AgentState state = new AgentState("a", new Told(1_000, 8));
    assertTrue(state.next() instanceof StateWrite.Base);
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 100; i++) {
        assertTrue(state.next() instanceof StateWrite.Delta);
      }
      // It equals the last one, so that nothing of it is to be written.
      assertEquals(StateWrite.UNCHANGED, state.next());
    }
  }

  /** Ten thousand small changes of a megabyte are not a hundred megabytes. */
  @Test
  void shouldWriteALargeStateAnewAsRarelyAsItIsLarge() {
    long bytes = written(10_000, new Told(1 << 20, 32));
    assertTrue(bytes < 11L << 20, bytes + " bytes");
  }

  @Test
  void shouldWriteTheStateAnewWhenTheDeltasOutgrowIt() {
    AgentState state = new AgentState("a", new Told(1 << 20, 1 << 18));
    assertTrue(state.next() instanceof StateWrite.Base);
    for (int i = 0; i < 5; i++) {
      assertTrue(state.next() instanceof StateWrite.Delta);
    }
    assertEquals(StateWrite.UNCHANGED, state.next());
  }
}
