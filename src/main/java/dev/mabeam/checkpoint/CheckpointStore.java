package dev.mabeam.checkpoint;

import dev.mabeam.disk.Disk;
import dev.mabeam.disk.FileDisk;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.Packer;
import dev.mabeam.link.Unpacker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * What a process keeps of checkpoints, its own agents' and others'. It outlives the node's
 * incarnations: the next one's {@link CheckpointRoom} takes it over, on the same thread, when the
 * one before is closed.
 *
 * <p>{@linkplain #inMemory In memory}, it is gone with the process. In a directory, a write or a
 * promise is confirmed once it was forced there; if that fails, the store says nothing more, and is
 * dropped from the sets that it is in.
 */
public final class CheckpointStore {
  private static final String DIRECTORY = "checkpoints";
  private static final String ID = "store";
  private static final int VERSION = 1;
  private static final long ENOUGH_TO_WRITE_AGAIN = 64L * 1024 * 1024;

  private final String id;
  private final Shelf shelf;
  private final StoreLog log;

  CheckpointStore(String id, Shelf shelf, StoreLog log) {
    this.id = id;
    this.shelf = shelf;
    this.log = log;
  }

  /** One that has nothing yet, under a new id. */
  public static CheckpointStore inMemory(RandomGenerator random) {
    return inMemory(random, new Rules());
  }

  static CheckpointStore inMemory(RandomGenerator random, Rules rules) {
    return new CheckpointStore(newId(random), new Shelf(rules), StoreLog.NONE);
  }

  /**
   * The one in {@code dataDirectory}, or a new one there. Blocks. Fails with CONFLICT if another
   * process has it, INTERNAL if it cannot be used.
   *
   * @param random for the id of a new one
   * @param writer runs tasks one after the other, which wait for the disk
   * @param room runs tasks on the room's thread, in order
   */
  public static CheckpointStore open(
      Path dataDirectory, RandomGenerator random, Executor writer, Executor room) {
    Path directory = dataDirectory.resolve(DIRECTORY);
    try {
      return open(
          FileDisk.open(directory), random, writer, room, new Rules(), ENOUGH_TO_WRITE_AGAIN);
    } catch (IOException failure) {
      String why = failure.getMessage() == null ? failure.toString() : failure.getMessage();
      throw new MabeamException(
          why.contains("in use") ? ErrorCode.CONFLICT : ErrorCode.INTERNAL,
          "the data directory " + directory + " cannot be used: " + why,
          "check that it is writable, has space, and no other node uses it",
          failure);
    }
  }

  static CheckpointStore open(
      Disk disk, RandomGenerator random, Executor writer, Executor room, Rules rules, long enough)
      throws IOException {
    for (String name : disk.names()) {
      if (name.endsWith(Disk.DRAFT)) {
        disk.delete(name);
      }
    }
    if (!disk.names().contains(ID)) {
      disk.writeWhole(ID, new Packer().octet(VERSION).text(newId(random)).buffer());
    }
    Unpacker file = new Unpacker(disk.read(ID));
    String id = file.version(VERSION, "a store").text();
    Shelf shelf = new Shelf(rules);
    return new CheckpointStore(id, shelf, ForcedLog.open(disk, shelf, writer, room, enough));
  }

  static String newId(RandomGenerator random) {
    return "%016x".formatted(random.nextLong());
  }

  /** What the sets call it. */
  public String id() {
    return id;
  }

  /** How many keys it has something of. On the room's thread. */
  public int keys() {
    return shelf.keys().size();
  }

  /** Ends it, with what it has in memory. On the room's thread, after the last room. */
  public void close() {
    log.close();
  }

  /** Calls back, at once or later, when what was taken is as safe as this store makes it. */
  void write(List<Update> updates, Consumer<List<Outcome>> then) {
    List<Outcome> outcomes = new ArrayList<>(updates.size());
    for (Update update : updates) {
      Outcome outcome = shelf.write(update);
      if (outcome.done()) {
        log.wrote(update);
      }
      outcomes.add(outcome);
    }
    log.force(() -> then.accept(outcomes));
  }

  /** As {@link #write}; what it has of the keys is looked up when it calls back. */
  void seal(List<SealRequest> requests, Consumer<List<Outcome>> then) {
    List<Outcome> outcomes = new ArrayList<>(requests.size());
    for (SealRequest request : requests) {
      Outcome outcome = shelf.seal(request.key(), request.epoch(), request.setVersion());
      if (outcome.done()) {
        log.promised(request.key(), request.epoch(), request.setVersion());
      }
      outcomes.add(outcome);
    }
    log.force(() -> then.accept(outcomes));
  }

  /** Null if it has none. */
  Content content(String key) {
    Shelf.Kept kept = shelf.find(key);
    return kept == null ? null : kept.content;
  }

  void forget(String key) {
    shelf.forget(key);
    log.forgot(key);
  }
}
