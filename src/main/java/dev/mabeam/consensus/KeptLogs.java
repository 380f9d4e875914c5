package dev.mabeam.consensus;

import dev.mabeam.disk.Disk;
import dev.mabeam.disk.FileDisk;
import dev.mabeam.disk.FreeSpace;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * What a node's data directory has of decisions. Each endpoint that the node ever was has a
 * numbered directory of its own; the highest number counts, and the others are deleted. So what
 * an old log still writes while a new one begins is nobody's.
 *
 * <p>Every method blocks. All of them fail with INTERNAL if the directory cannot be used; no log is
 * begun where there is hardly any room, since one that breaks off at once would be made again and
 * again by the others.
 */
public final class KeptLogs implements LogStores {
  private static final String DIRECTORY = "decisions";

  private final Path directory;
  private final String clusterId;
  private final Executor encoder;
  private final Executor logThread;
  private final ToLongFunction<Path> freeSpace;

  KeptLogs(Path dataDirectory, String clusterId, Executor encoder, Executor logThread) {
    this(dataDirectory, clusterId, encoder, logThread, FreeSpace::of);
  }

  KeptLogs(
      Path dataDirectory,
      String clusterId,
      Executor encoder,
      Executor logThread,
      ToLongFunction<Path> freeSpace) {
    this.directory = dataDirectory.resolve(DIRECTORY);
    this.clusterId = clusterId;
    this.encoder = encoder;
    this.logThread = logThread;
    this.freeSpace = freeSpace;
  }

  /** The id of the cluster whose log is there, if one is. */
  public static Optional<String> clusterId(Path dataDirectory) {
    return inNewest(dataDirectory, disk -> ForcedStore.peek(disk).map(StoredState::group));
  }

  /** Forgets every log. */
  public static void forget(Path dataDirectory) {
    numbers(dataDirectory.resolve(DIRECTORY))
        .forEach(number -> delete(dataDirectory.resolve(DIRECTORY), number));
  }

  /**
   * What became of a cluster whose majority was lost.
   *
   * @param node the survivor's name
   * @param lastIndex up to where its log goes
   * @param without the names of the nodes whose votes do not count any more, sorted
   */
  public record Recovered(
      String node, String oldCluster, String newCluster, long lastIndex, List<String> without) {}

  /**
   * Makes a new cluster of one out of a stopped voter's log: {@code quorum recover}. Keeps all that
   * this log holds; what was decided and never reached it is lost. NOT_FOUND if there is no log,
   * CONFLICT if a process has it open.
   */
  public static Recovered recover(Path dataDirectory, String newClusterId) {
    return KeptLogs.<Recovered>inNewest(
            dataDirectory,
            disk -> {
              Survivor.Made made = Survivor.make(disk, newClusterId);
              return Optional.of(
                  new Recovered(
                      made.endpoint().node(),
                      made.oldGroup(),
                      made.newGroup(),
                      made.lastIndex(),
                      made.gone().stream().map(Endpoint::node).sorted().toList()));
            })
        .orElseThrow(
            () ->
                new MabeamException(
                    ErrorCode.NOT_FOUND,
                    "no log of a voter is in " + dataDirectory,
                    "name the --data-dir of a stopped node that was a voter"));
  }

  @Override
  public boolean kept() {
    return inNewest(directory.getParent(), ForcedStore::peek).isPresent();
  }

  @Override
  public LogStore open() {
    List<Integer> numbers = numbers(directory);
    return open(numbers.get(numbers.size() - 1));
  }

  @Override
  public LogStore fresh() {
    requireRoom();
    List<Integer> before = numbers(directory);
    int next = before.isEmpty() ? 1 : before.get(before.size() - 1) + 1;
    LogStore store = open(next);
    before.forEach(number -> delete(directory, number));
    return store;
  }

  private void requireRoom() {
    long free = freeSpace.applyAsLong(directory);
    if (free < FreeSpace.LEAST_BYTES) {
      MabeamException full =
          new MabeamException(
              ErrorCode.INTERNAL,
              "no log is begun in " + directory + ": only " + free / 1024 + " KB are free there",
              "free some space");
      System.getLogger(KeptLogs.class.getName())
          .log(System.Logger.Level.WARNING, full.getMessage() + "; " + full.hint());
      throw full;
    }
  }

  private LogStore open(int number) {
    Path path = directory.resolve(Integer.toString(number));
    try {
      return FileDisk.open(
          path, disk -> ForcedStore.open(disk, clusterId, encoder, logThread));
    } catch (IOException failure) {
      throw unusable(path, failure);
    }
  }

  private interface Look<T> {
    Optional<T> at(Disk disk) throws IOException;
  }

  private static <T> Optional<T> inNewest(Path dataDirectory, Look<T> look) {
    Path logs = dataDirectory.resolve(DIRECTORY);
    List<Integer> numbers = numbers(logs);
    if (numbers.isEmpty()) {
      return Optional.empty();
    }
    Path path = logs.resolve(numbers.get(numbers.size() - 1).toString());
    try (FileDisk disk = FileDisk.open(path)) {
      return look.at(disk);
    } catch (IOException failure) {
      throw unusable(path, failure);
    }
  }

  /** Ascending. */
  private static List<Integer> numbers(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("[0-9]{1,9}"))
          .map(Integer::valueOf)
          .sorted()
          .toList();
    } catch (IOException failure) {
      throw unusable(directory, failure);
    }
  }

  private static void delete(Path directory, int number) {
    try (Stream<Path> files = Files.walk(directory.resolve(Integer.toString(number)))) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | UncheckedIOException left) {
      // Its number is not the highest, so it does not count.
      System.getLogger(KeptLogs.class.getName())
          .log(System.Logger.Level.DEBUG, "could not delete an old log in " + directory, left);
    }
  }

  private static MabeamException unusable(Path path, IOException failure) {
    String why = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    boolean inUse = why.contains("in use");
    return new MabeamException(
        inUse ? ErrorCode.CONFLICT : ErrorCode.INTERNAL,
        "the data directory " + path + " cannot be used: " + why,
        inUse
            ? "stop the node that uses it, or name another directory"
            : "check that it is writable and has space",
        failure);
  }
}
