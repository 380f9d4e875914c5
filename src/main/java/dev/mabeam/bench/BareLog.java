package dev.mabeam.bench;

import dev.mabeam.consensus.Applying;
import dev.mabeam.consensus.Decisions;
import dev.mabeam.consensus.StateMachine;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.function.Supplier;

/**
 * The log with nothing to decide about: commands of some bytes that change nothing. What it takes
 * is what the consensus engine takes when nobody makes anything of it, which is what strong
 * variables are put next to. Its machine is as {@linkplain StateMachine#bulk many} as theirs.
 */
public final class BareLog {
  private static final String NAME = "bench";

  private volatile Decisions decisions;

  private static final class Nothing implements StateMachine {
    @Override
    public String name() {
      return NAME;
    }

    @Override
    public boolean bulk() {
      return true;
    }

    @Override
    public Buffer apply(Applying at, Buffer command) {
      return Buffer.buffer();
    }

    @Override
    public Supplier<Buffer> image() {
      return Buffer::buffer;
    }

    @Override
    public void restore(Buffer image) {}
  }

  /** For the nodes that are to take part: all of them. */
  public List<StateMachine> machines() {
    return List.of(new Nothing());
  }

  public void through(Decisions now) {
    decisions = now;
  }

  Future<Buffer> propose(Buffer command) {
    return decisions.propose(NAME, command);
  }
}
