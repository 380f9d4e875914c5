package dev.mabeam;

import dev.mabeam.migration.Step;
import dev.mabeam.migration.Steps;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

/**
 * A node in a process of its own that stands still at a step of a move. Which one is in the file
 * {@code <name>.step}; when it is reached, {@code <name>.reached} is there, and the node's part in
 * moving stands until {@code <name>.go} is, or it is killed.
 */
final class MovingProcess {
  private MovingProcess() {}

  /** Arguments: name, first of the ports, directory of the files, link ports of the seeds. */
  public static void main(String[] args) throws Exception {
    Thread ending = new Thread(MovingProcess::endWithParent, "end with parent");
    ending.setDaemon(true);
    ending.start();
    String name = args[0];
    int block = Integer.parseInt(args[1]);
    Path directory = Path.of(args[2]);
    List<String> seeds =
        Arrays.stream(args).skip(3).map(port -> "127.0.0.1:" + port).toList();
    MabeamOptions options =
        new MabeamOptions()
            .setName(name)
            .setSeeds(seeds)
            .setLinkPort(block)
            .setGridPort(block + 1)
            .setBusPort(block + 2)
            .setHttpPort(block + 3)
            .setJoinTimeout(Duration.ofSeconds(90))
            .setAllow(List.of(RecordingAgent.class.getName(), LargeAgent.class.getName()))
            .setCapabilities(List.of("worker"));
    Steps steps = (step, agent) -> stand(directory, name, step);
    Mabeam.start(
            options, new Wiring(UnaryOperator.identity(), UnaryOperator.identity(), steps))
        .toCompletionStage()
        .toCompletableFuture()
        .get();
    Thread.currentThread().join();
  }

  /** Nothing is said to it; its input closes when whoever started it has ended. */
  private static void endWithParent() {
    try {
      System.in.transferTo(OutputStream.nullOutputStream());
    } catch (IOException gone) {
      // That is the same.
    }
    Runtime.getRuntime().halt(0);
  }

  private static void stand(Path directory, String name, Step step) {
    Path wanted = directory.resolve(name + ".step");
    try {
      if (!Files.exists(wanted) || !Files.readString(wanted).equals(step.name())) {
        return;
      }
      Files.delete(wanted);
      Files.createFile(directory.resolve(name + ".reached"));
      while (!Files.exists(directory.resolve(name + ".go"))) {
        LockSupport.parkNanos(5_000_000);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
