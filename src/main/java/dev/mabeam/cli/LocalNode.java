package dev.mabeam.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A node in a process of its own on this machine. It ends when it is stopped, and also when this
 * process ends in any way: it reads a pipe that only this process writes to, and closes in order at
 * that pipe's end.
 */
final class LocalNode {
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final int ERROR_LINES = 3;

  /**
   * What is launched.
   *
   * @param command of this program
   * @param java options of its JVM
   */
  record Kind(String command, List<String> java) {
    /** With little memory and the quickest start. */
    static final Kind NODE =
        new Kind("node", List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"));
    /** One that compiles all it can, as a node does that stays. */
    static final Kind BENCH = new Kind(BenchNodeCommand.NAME, List.of("-Xmx512m"));
  }

  private final String name;
  private final Ports ports;
  private final Path log;
  private final Process process;
  private volatile boolean ending;

  private LocalNode(String name, Ports ports, Path log, Process process) {
    this.name = name;
    this.ports = ports;
    this.log = log;
    this.process = process;
  }

  /** Launches the node; {@code arguments} are further ones of the kind's command. */
  static LocalNode start(
      Kind kind, String name, Ports ports, List<String> arguments, Path logs) {
    Path log = logs.resolve(name + ".log");
    List<String> command = new ArrayList<>();
    // A terminal's Ctrl-C goes to every process in front; the node leaves that to its parent, which
    // stops the nodes one after the other. A JVM respects a signal that it was started to ignore.
    command.addAll(List.of("/bin/sh", "-c", "trap '' INT; exec \"$@\"", "sh"));
    command.addAll(java(kind));
    command.addAll(
        List.of(
            kind.command(), "--stop-with-parent", "--drain-timeout", "0s",
            "--name", name,
            "--grid-port", "" + ports.grid(),
            "--bus-port", "" + ports.bus(),
            "--link-port", "" + ports.link(),
            "--http-port", "" + ports.http()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    OptionsResolver.forgetOptions(builder.environment());
    try {
      return new LocalNode(name, ports, log, builder.start());
    } catch (IOException failure) {
      throw new CliException(
          ExitCodes.FAILED, "node " + name + " cannot be started: " + failure.getMessage(), "");
    }
  }

  /** This JVM's own Java and classes. */
  private static List<String> java(Kind kind) {
    List<String> java = new ArrayList<>();
    java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    String archive = System.getProperty("mabeam.archive", "");
    if (!archive.isEmpty()) {
      java.addAll(List.of("-XX:SharedArchiveFile=" + archive, "-Xlog:cds*=off"));
    }
    java.addAll(kind.java());
    java.addAll(
        List.of(
            "-Xshare:auto",
            "-Djava.net.preferIPv4Stack=true",
            "-cp",
            System.getProperty("java.class.path"),
            MabeamCli.class.getName()));
    return java;
  }

  String name() {
    return name;
  }

  String url() {
    return "http://127.0.0.1:" + ports.http();
  }

  Ports ports() {
    return ports;
  }

  boolean alive() {
    return process.isAlive();
  }

  long pid() {
    return process.pid();
  }

  /** How it ended: {@code killed by signal 9}, {@code exited with 5}. */
  String end() {
    int code = process.exitValue();
    return code > 128 ? "killed by signal " + (code - 128) : "exited with " + code;
  }

  int exitCode() {
    return process.exitValue();
  }

  /** What it said last: the lines from its last error on, or the end of its log. */
  String lastWords() {
    try {
      String text = new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
      List<String> lines = text.lines().toList();
      for (int i = lines.size() - 1; i >= 0; i--) {
        if (lines.get(i).startsWith("error: ")) {
          return lines.get(i).substring("error: ".length());
        }
      }
      int from = Math.max(0, lines.size() - ERROR_LINES);
      return String.join(" | ", lines.subList(from, lines.size()));
    } catch (IOException unreadable) {
      return "";
    }
  }

  /** Whether its end is this process's doing, and no news. */
  boolean ending() {
    return ending;
  }

  /** Asks the node to close in order, and ends it if it does not. */
  void stop() {
    ending = true;
    try {
      process.getOutputStream().close();
    } catch (IOException gone) {
      // Then it has ended already.
    }
    try {
      if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException hurry) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the node at once, as a crash would. */
  void kill() {
    ending = true;
    process.destroyForcibly();
  }

  /** The same, and waits until it has ended. */
  void killed() throws InterruptedException {
    ending = true;
    process.destroyForcibly().waitFor();
  }
}
