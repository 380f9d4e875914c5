package dev.mabeam.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A real network to cut: one Linux network namespace a node, all on one bridge, each with an
 * address of its own. A cut moves nodes to a second bridge, where nothing answers and nothing is
 * refused: it is silent, as a broken switch is.
 *
 * <p>Needs root and the {@code ip} command; {@link #unavailable()} says what is missing, for tests
 * to say why they are skipped. Names are random, so that several of these live side by side. All of
 * it is removed by {@link #close()}, when this JVM exits, and, if that was killed, by the next one
 * that is made on this machine. Processes in the namespaces are not ended: see {@link Processes}.
 */
public final class Namespaces implements AutoCloseable {
  private static final String MARKER = "mabeam-netns-";
  private static final String NOBODY = "02:de:ad:00:00:01";
  private static final String INSIDE = "eth0";

  private final String prefix =
      "mb" + Integer.toString(ThreadLocalRandom.current().nextInt(36 * 36 * 36 * 36), 36);
  private final Map<String, Integer> numbers = new LinkedHashMap<>();
  private final Path marker = markers().resolve(MARKER + prefix);
  private final Thread atExit = new Thread(this::remove, "remove " + prefix);

  private Namespaces() {}

  /** Why there can be no namespaces here, or empty if there can. */
  public static Optional<String> unavailable() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return Optional.of("network namespaces exist only on Linux");
    }
    try (Namespaces probe = new Namespaces()) {
      probe.build(List.of("probe"));
      return Optional.empty();
    } catch (IllegalStateException refused) {
      return Optional.of("network namespaces need root and iproute2: " + refused.getMessage());
    }
  }

  /** One namespace for each name, all of them connected. */
  public static Namespaces of(String... nodes) {
    Namespaces namespaces = new Namespaces();
    try {
      namespaces.build(List.of(nodes));
      return namespaces;
    } catch (RuntimeException failure) {
      namespaces.close();
      throw failure;
    }
  }

  private void build(List<String> nodes) {
    removeLeftovers();
    try {
      Files.writeString(marker, Long.toString(ProcessHandle.current().pid()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Runtime.getRuntime().addShutdownHook(atExit);
    for (String bridge : List.of(bridge(), otherBridge())) {
      ip("link", "add", bridge, "type", "bridge");
      ip("link", "set", bridge, "up");
    }
    for (String node : nodes) {
      numbers.put(node, numbers.size() + 1);
      add(node);
    }
  }

  private void add(String node) {
    String space = space(node);
    ip("netns", "add", space);
    ip("link", "add", end(node), "type", "veth", "peer", "name", INSIDE, "netns", space);
    ip("link", "set", end(node), "master", bridge(), "up");
    ip("-n", space, "addr", "add", address(node) + "/24", "dev", INSIDE);
    ip("-n", space, "link", "set", INSIDE, "up");
    ip("-n", space, "link", "set", "lo", "up");
  }

  /** The address that {@code node} has, and that the others reach it at. */
  public String address(String node) {
    return "10.99.0." + number(node);
  }

  /** {@code command} as it has to be started to run inside {@code node}'s namespace. */
  public List<String> inside(String node, List<String> command) {
    List<String> wrapped = new ArrayList<>(List.of("ip", "netns", "exec", space(node)));
    wrapped.addAll(command);
    return wrapped;
  }

  /** Runs {@code command} inside {@code node}'s namespace to its end and returns its output. */
  public String run(String node, String... command) {
    return call(inside(node, List.of(command)));
  }

  /** Cuts these nodes off from the others, silently; those that are cut off see each other. */
  public void cut(String... nodes) {
    for (String node : nodes) {
      ip("link", "set", end(node), "master", otherBridge());
    }
  }

  /** Ends every cut, the one-way ones too. */
  public void heal() {
    for (String node : numbers.keySet()) {
      ip("link", "set", end(node), "master", bridge());
      ip("-n", space(node), "neigh", "flush", "dev", INSIDE, "nud", "permanent");
    }
  }

  /** What {@code from} sends to {@code to} is lost from now on; the other way still works. */
  public void cutOneWay(String from, String to) {
    ip(
        "-n", space(from), "neigh", "replace", address(to), "lladdr", NOBODY, "nud", "permanent",
        "dev", INSIDE);
  }

  /** Removes everything; safe to call again. */
  @Override
  public void close() {
    remove();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException exiting) {
      // The hook is running: it does the same.
    }
  }

  private synchronized void remove() {
    remove(prefix);
    deleteQuietly(marker);
  }

  private static void remove(String prefix) {
    for (String line : listed("netns", "list")) {
      if (line.startsWith(prefix + "-")) {
        tryIp("netns", "del", line.split("\\s")[0]);
      }
    }
    for (String line : listed("-o", "link", "show")) {
      // 12: mbab12-1@if2: <…>
      String name = line.replaceFirst("^\\d+: ([^:@]+).*$", "$1");
      if (name.startsWith(prefix + "-")) {
        tryIp("link", "del", name);
      }
    }
  }

  /** What a JVM left that was killed. */
  private static void removeLeftovers() {
    try (DirectoryStream<Path> markers = Files.newDirectoryStream(markers(), MARKER + "*")) {
      for (Path left : markers) {
        long pid = Long.parseLong(Files.readString(left).trim());
        if (ProcessHandle.of(pid).isEmpty()) {
          remove(left.getFileName().toString().substring(MARKER.length()));
          deleteQuietly(left);
        }
      }
    } catch (IOException | NumberFormatException beingWritten) {
      // Another one is at it; the next one cleans up.
    }
  }

  private static Path markers() {
    return Path.of(System.getProperty("java.io.tmpdir"));
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException kept) {
      // A marker whose namespaces are gone harms nobody.
    }
  }

  private int number(String node) {
    Integer number = numbers.get(node);
    if (number == null) {
      throw new IllegalArgumentException("there is no namespace for " + node);
    }
    return number;
  }

  private String space(String node) {
    return prefix + "-" + number(node);
  }

  private String end(String node) {
    return prefix + "-v" + number(node);
  }

  private String bridge() {
    return prefix + "-a";
  }

  private String otherBridge() {
    return prefix + "-b";
  }

  private static List<String> listed(String... arguments) {
    try {
      return ip(arguments).lines().toList();
    } catch (IllegalStateException none) {
      return List.of();
    }
  }

  private static void tryIp(String... arguments) {
    try {
      ip(arguments);
    } catch (IllegalStateException gone) {
      // Deleting a namespace deletes the links in it, some time later.
    }
  }

  static String ip(String... arguments) {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    return call(command);
  }

  private static String call(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes());
      if (process.waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", command) + ": " + output.trim());
      }
      return output;
    } catch (IOException e) {
      throw new IllegalStateException(String.join(" ", command) + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
