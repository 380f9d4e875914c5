package dev.mabeam.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** {@code bin/mabeam} with arguments, as a process; closing it ends whatever it started. */
final class Launched implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 90;
  /**
   * What a shell starts in the background ignores Ctrl-C, and so does all that it starts; where
   * {@code env} can, it begins as in a terminal.
   */
  private static final List<String> HEARS_CTRL_C = hearsCtrlC();

  private final Process process;
  private final Output out;
  private final Output err;
  private List<ProcessHandle> nodes = List.of();

  private static List<String> hearsCtrlC() {
    List<String> prefix = List.of("env", "--default-signal=INT");
    try {
      List<String> probe = new ArrayList<>(prefix);
      probe.add("true");
      return new ProcessBuilder(probe).start().waitFor() == 0 ? prefix : List.of();
    } catch (IOException none) {
      return List.of();
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }

  private Launched(Process process) {
    this.process = process;
    out = new Output(process.getInputStream());
    err = new Output(process.getErrorStream());
  }

  static Launched mabeam(Map<String, String> environment, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>(HEARS_CTRL_C);
    command.add("bin/mabeam");
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(Path.of("").toAbsolutePath().toFile());
    builder.environment().putAll(environment);
    return new Launched(builder.start());
  }

  /** The lines of a stream as they come. */
  static final class Output {
    private final List<String> lines = new ArrayList<>();
    private boolean ended;

    private Output(InputStream in) {
      Thread reader = new Thread(() -> read(in));
      reader.setDaemon(true);
      reader.start();
    }

    private void read(InputStream in) {
      try (BufferedReader text =
          new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
        for (String line = text.readLine(); line != null; line = text.readLine()) {
          add(line);
        }
      } catch (IOException closed) {
        // The end, too.
      }
      end();
    }

    private synchronized void add(String line) {
      lines.add(line);
      notifyAll();
    }

    private synchronized void end() {
      ended = true;
      notifyAll();
    }

    synchronized List<String> lines() {
      return List.copyOf(lines);
    }

    /** The first line that is wanted, as soon as it is there. */
    synchronized String await(String what, Predicate<String> wanted) throws InterruptedException {
      long deadline = deadline();
      while (true) {
        for (String line : lines) {
          if (wanted.test(line)) {
            return line;
          }
        }
        long left = deadline - System.nanoTime();
        assertTrue(!ended && left > 0, () -> "waited for " + what + ", and got " + lines);
        wait(Math.max(1, left / 1_000_000));
      }
    }

    private synchronized void awaitEnd() throws InterruptedException {
      long deadline = deadline();
      while (!ended) {
        long left = deadline - System.nanoTime();
        assertTrue(left > 0, () -> "waited for the output's end after " + lines);
        wait(Math.max(1, left / 1_000_000));
      }
    }

    private static long deadline() {
      return System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    }
  }

  static boolean isError(String line) {
    return line.startsWith("error: ");
  }

  Output out() {
    return out;
  }

  Output err() {
    return err;
  }

  /** The child processes, oldest first, once there are {@code count}. */
  List<ProcessHandle> awaitNodes(int count) throws InterruptedException {
    long deadline = Output.deadline();
    while (process.children().count() < count) {
      assertTrue(
          process.isAlive() && System.nanoTime() < deadline,
          () -> "waited for " + count + " nodes; it said " + out.lines() + err.lines());
      Thread.onSpinWait();
    }
    nodes = process.children().sorted(Comparator.comparing(ProcessHandle::pid)).toList();
    assertTrue(nodes.size() == count, () -> "processes: " + nodes);
    return nodes;
  }

  void signal(String signal) throws IOException, InterruptedException {
    signal(process.toHandle(), signal);
  }

  static void signal(ProcessHandle process, String signal)
      throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + signal, "" + process.pid()).start().waitFor();
  }

  /** Its exit code, once it has ended and all it said has been read. */
  int awaitExit() throws InterruptedException {
    assertTrue(
        process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS),
        () -> "it does not end; it said " + out.lines() + err.lines());
    out.awaitEnd();
    err.awaitEnd();
    return process.exitValue();
  }

  /** Waits until none of the nodes that there were is left. */
  void awaitNoNodes() throws Exception {
    for (ProcessHandle node : nodes) {
      node.onExit().get(30, TimeUnit.SECONDS);
    }
  }

  @Override
  public void close() {
    List<ProcessHandle> all = new ArrayList<>(nodes);
    all.addAll(process.descendants().toList());
    process.destroyForcibly();
    all.forEach(ProcessHandle::destroyForcibly);
  }
}
