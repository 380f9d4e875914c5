package dev.mabeam.checkpoint;

import dev.mabeam.time.Hop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** {@link Checkpoints} for other threads than the room's; each hop takes along all that waits. */
final class HoppingCheckpoints implements Checkpoints {
  private final Checkpoints room;
  private final Executor toRoom;

  HoppingCheckpoints(Checkpoints room, Executor toRoom) {
    this.room = room;
    this.toRoom = new Hop(toRoom);
  }

  private <T> Future<T> call(Supplier<Future<T>> action) {
    Promise<T> result = Promise.promise();
    toRoom.execute(
        () -> {
          try {
            action.get().onComplete(result);
          } catch (RuntimeException failure) {
            result.fail(failure);
          }
        });
    return result.future();
  }

  @Override
  public String storeId() {
    return room.storeId();
  }

  @Override
  public Future<Sealed> seal(String key, long epoch, CheckpointSet set) {
    return call(() -> room.seal(key, epoch, set));
  }

  @Override
  public Writer open(String key, long epoch, CheckpointSet set) {
    HoppingWriter writer = new HoppingWriter();
    toRoom.execute(() -> writer.writer = room.open(key, epoch, set));
    return writer;
  }

  @Override
  public void forget(String key) {
    toRoom.execute(() -> room.forget(key));
  }

  @Override
  public void forgetAll(Predicate<String> gone) {
    toRoom.execute(() -> room.forgetAll(gone));
  }

  @Override
  public void close() {
    toRoom.execute(room::close);
  }

  private final class HoppingWriter implements Writer {
    /** On the room's thread; there before anything is asked of it. */
    private Writer writer;

    @Override
    public Future<Void> write(Buffer envelope, StateWrite state) {
      return call(() -> writer.write(envelope, state));
    }

    @Override
    public long position() {
      return writer.position();
    }

    @Override
    public void changed(CheckpointSet set) {
      run(to -> to.changed(set));
    }

    @Override
    public Future<Void> settled() {
      return call(() -> writer.settled());
    }

    @Override
    public void close() {
      run(Writer::close);
    }

    private void run(Consumer<Writer> action) {
      toRoom.execute(() -> action.accept(writer));
    }
  }
}
