package dev.mabeam.checkpoint;

import dev.mabeam.disk.Disk;
import dev.mabeam.disk.FileDisk;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Predicate;
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
  private static final long ENOUGH_TO_WRITE_AGAIN = 64L * 1024 * 1024;

  private final StoreIdentity identity;
  private final Shelf shelf;
  private final StoreLog log;

  CheckpointStore(StoreIdentity identity, Shelf shelf, StoreLog log) {
    this.identity = identity;
    this.shelf = shelf;
    this.log = log;
  }

  /** One that has nothing yet, under a new id. */
  public static CheckpointStore inMemory(RandomGenerator random) {
    return inMemory(random, new Rules());
  }

  static CheckpointStore inMemory(RandomGenerator random, Rules rules) {
    return new CheckpointStore(
        StoreIdentity.fresh(random), new Shelf(rules), StoreLog.NONE);
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
      return FileDisk.open(
          directory,
          disk -> open(disk, random, writer, room, new Rules(), ENOUGH_TO_WRITE_AGAIN));
    } catch (IOException failure) {
      throw unusable(directory, failure);
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
    StoreIdentity identity = StoreIdentity.of(disk, random);
    Shelf shelf = new Shelf(rules);
    return new CheckpointStore(
        identity, shelf, ForcedLog.open(disk, shelf, writer, room, enough));
  }

  /** Forgets what is kept in {@code dataDirectory}, which no process has open. Blocks. */
  public static void forget(Path dataDirectory) {
    Path directory = dataDirectory.resolve(DIRECTORY);
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (FileDisk disk = FileDisk.open(directory)) {
      for (String name : disk.names()) {
        disk.delete(name);
      }
      disk.forceNames();
    } catch (IOException failure) {
      throw unusable(directory, failure);
    }
  }

  /**
   * What is kept in {@code dataDirectory} is of {@code to} from now on: the same cluster under
   * another id, after {@code quorum recover}. Blocks; no process has it open.
   */
  public static void move(Path dataDirectory, String to) {
    Path directory = dataDirectory.resolve(DIRECTORY);
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (FileDisk disk = FileDisk.open(directory)) {
      StoreIdentity.move(disk, to);
    } catch (IOException failure) {
      throw unusable(directory, failure);
    }
  }

  private static MabeamException unusable(Path directory, IOException failure) {
    String why = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    return new MabeamException(
        why.contains("in use") ? ErrorCode.CONFLICT : ErrorCode.INTERNAL,
        "the data directory " + directory + " cannot be used: " + why,
        "check that it is writable, has space, and no other node uses it",
        failure);
  }

  /**
   * It keeps the checkpoints of that cluster, and of no other: keys are unique in one. Fails with
   * CONFLICT if it has those of another one. Blocks.
   */
  public void belongTo(String clusterId) {
    identity.belongTo(clusterId);
  }

  /** What the sets call it. */
  public String id() {
    return identity.id();
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

  void forgetAll(Predicate<String> gone) {
    shelf.keys().keySet().stream().filter(gone).toList().forEach(this::forget);
  }
}
