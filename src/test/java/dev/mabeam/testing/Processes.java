package dev.mabeam.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Real processes by name, each from a command line of its own: on this machine's loopback, or each
 * in its namespace of {@link Namespaces}. They can be killed, paused and asked; a pipe reaches a
 * process that the network does not.
 *
 * <p>Each process's standard input stays open until it is stopped, so a child that ends when its
 * input closes goes with this JVM, however that ends. {@link #close()} and the JVM's exit end
 * whatever is left, by process id. One thread drives it; its methods block.
 */
public final class Processes implements AutoCloseable {
  private static final int LOG_LINES = 30;

  private record Child(Process process, BlockingQueue<String> lines, Path errors) {}

  private final Map<String, Child> children = new LinkedHashMap<>();
  private final Namespaces namespaces;
  private final Thread atExit = new Thread(this::killAll, "end processes");

  private Processes(Namespaces namespaces) {
    this.namespaces = namespaces;
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /** Processes on this machine's own network. */
  public static Processes onLoopback() {
    return new Processes(null);
  }

  /** Processes that each run in the namespace of their name. */
  public static Processes in(Namespaces namespaces) {
    return new Processes(namespaces);
  }

  /** Starts {@code command} as {@code name}, which may have been used by one that has ended. */
  public void start(String name, List<String> command) {
    Child before = children.get(name);
    if (before != null && before.process().isAlive()) {
      throw new IllegalStateException(name + " runs already");
    }
    try {
      Path errors = Files.createTempFile("mabeam-" + name + "-", ".log");
      Process process =
          new ProcessBuilder(namespaces == null ? command : namespaces.inside(name, command))
              .redirectError(errors.toFile())
              .start();
      Child child = new Child(process, new LinkedBlockingQueue<>(), errors);
      synchronized (children) {
        children.put(name, child);
      }
      Thread reader = new Thread(() -> read(child), "output of " + name);
      reader.setDaemon(true);
      reader.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void read(Child child) {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(child.process().getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        child.lines().add(line);
      }
    } catch (IOException ended) {
      // Nothing more to read.
    }
  }

  /** The next line of {@code name}'s standard output; fails with its log if none comes in time. */
  public String line(String name, Duration patience) {
    try {
      String line = child(name).lines().poll(patience.toMillis(), TimeUnit.MILLISECONDS);
      if (line == null) {
        throw new AssertionError(
            "waited " + patience.toSeconds() + " s for a line from " + name + log(name));
      }
      return line;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** What {@code name} has written and nobody has read yet. */
  public List<String> lines(String name) {
    List<String> lines = new ArrayList<>();
    child(name).lines().drainTo(lines);
    return lines;
  }

  /** Writes {@code line} to {@code name}'s standard input and returns the line it answers with. */
  public String ask(String name, String line, Duration patience) {
    try {
      var input = child(name).process().getOutputStream();
      input.write((line + "\n").getBytes(StandardCharsets.UTF_8));
      input.flush();
    } catch (IOException e) {
      throw new AssertionError(name + " takes no commands any more" + log(name), e);
    }
    return line(name, patience);
  }

  public boolean isAlive(String name) {
    return child(name).process().isAlive();
  }

  /** SIGKILL. */
  public void kill(String name) {
    Process process = child(name).process().destroyForcibly();
    await(process, Duration.ofSeconds(20));
  }

  /** SIGSTOP: the process is there, and does nothing. */
  public void pause(String name) {
    signal("-STOP", name);
  }

  /** SIGCONT. */
  public void resume(String name) {
    signal("-CONT", name);
  }

  /** Closes {@code name}'s standard input; one that has not ended by {@code patience} is killed. */
  public void stop(String name, Duration patience) {
    Process process = child(name).process();
    try {
      process.getOutputStream().close();
    } catch (IOException ended) {
      // It needs no telling.
    }
    if (!await(process, patience)) {
      kill(name);
    }
  }

  /** The last lines of {@code name}'s standard error, for a message. */
  public String log(String name) {
    try {
      List<String> lines = Files.readAllLines(child(name).errors());
      return "\n"
          + String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
    } catch (IOException e) {
      return "\nno log: " + e;
    }
  }

  private void signal(String signal, String name) {
    try {
      new ProcessBuilder("kill", signal, Long.toString(child(name).process().pid()))
          .start()
          .waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Child child(String name) {
    Child child = children.get(name);
    if (child == null) {
      throw new IllegalArgumentException("no process was started as " + name);
    }
    return child;
  }

  private static boolean await(Process process, Duration patience) {
    try {
      return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void killAll() {
    synchronized (children) {
      children.values().forEach(child -> child.process().destroyForcibly());
    }
  }

  /** Kills what is left, and forgets the logs. */
  @Override
  public void close() {
    killAll();
    for (Child child : children.values()) {
      await(child.process(), Duration.ofSeconds(20));
      try {
        Files.deleteIfExists(child.errors());
      } catch (IOException kept) {
        // A log in the temporary directory harms nobody.
      }
    }
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException exiting) {
      // The hook is running: it does the same.
    }
  }
}
