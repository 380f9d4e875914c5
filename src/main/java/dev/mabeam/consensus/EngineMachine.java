package dev.mabeam.consensus;

import io.microraft.impl.statemachine.InternalCommitAware;
import io.microraft.statemachine.StateMachine;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** What the engine takes for the state machine: it feeds the log's follower. */
final class EngineMachine implements StateMachine, InternalCommitAware {
  /** The question that only wants to know the index. */
  static final Object READ = new Object();

  private static final Buffer NOTHING = Buffer.buffer();

  private final Log.Follower follower;
  private final Executor encoder;
  private final Executor logThread;
  private final Defects defects;

  EngineMachine(Log.Follower follower, Executor encoder, Executor logThread, Defects defects) {
    this.follower = follower;
    this.encoder = encoder;
    this.logThread = logThread;
    this.defects = defects;
  }

  @Override
  public Object runOperation(long index, Object operation) {
    if (operation != READ) {
      committed(index, (Buffer) operation);
    }
    return null;
  }

  /** The engine's own entries, such as changes of the members. */
  @Override
  public void onInternalCommit(long index) {
    committed(index, NOTHING);
  }

  private void committed(long index, Buffer entry) {
    try {
      follower.committed(index, entry);
    } catch (RuntimeException defect) {
      defects.at(index, defect);
    }
  }

  @Override
  public void takeSnapshot(long index, Consumer<Object> chunks) {
    chunks.accept(new LogImage(follower.image(index), encoder, logThread));
  }

  @Override
  public void installSnapshot(long index, List<Object> chunks) {
    LogImage image = (LogImage) chunks.get(0);
    image.bytes(bytes -> restore(index, bytes));
  }

  private void restore(long index, Buffer image) {
    try {
      follower.restore(index, image);
    } catch (RuntimeException defect) {
      defects.at(index, defect);
    }
  }

  @Override
  public Object getNewTermOperation() {
    return NOTHING;
  }

  /** Hears that an entry could not be applied. */
  @FunctionalInterface
  interface Defects {
    void at(long index, Throwable defect);
  }
}
