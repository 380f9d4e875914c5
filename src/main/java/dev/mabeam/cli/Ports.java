package dev.mabeam.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/**
 * The ports of one node on this machine.
 *
 * @param http 0 and below: none to check
 */
record Ports(int grid, int bus, int link, int http) {
  /** Between two nodes on one machine. */
  static final int STEP = 10;

  /** From the grid's port to that of JGroups' failure detection. */
  static final int FAILURE_DETECTION = 4;

  /** The highest port that there is. */
  static final int LAST = 65_535;

  private static final int ATTEMPTS = 200;

  /** A port and the option that changes it. */
  record Use(int port, String option) {}

  /** The {@code index}th node's, counted from 0. */
  static Ports of(int base, int http, int index) {
    int offset = index * STEP;
    return new Ports(base + offset, base + offset + 1, base + offset + 2, http + offset);
  }

  /** All that the node binds. */
  List<Use> uses() {
    return List.of(
        new Use(grid, "--grid-port"),
        new Use(grid + FAILURE_DETECTION, "--grid-port"),
        new Use(bus, "--bus-port"),
        new Use(link, "--link-port"),
        new Use(http, "--http-port"));
  }

  /** Of {@code count} nodes in a row, all free at the moment. */
  static List<Ports> free(int count) {
    int base = freeBase(count);
    return IntStream.range(0, count).mapToObj(index -> of(base, base + 5, index)).toList();
  }

  /** A port that two of the nodes' parts would bind. */
  static Optional<Integer> twice(List<Ports> nodes) {
    Set<Integer> seen = new HashSet<>();
    return nodes.stream()
        .flatMap(node -> node.uses().stream())
        .map(Use::port)
        .filter(port -> port > 0 && !seen.add(port))
        .findFirst();
  }

  /** The first port of {@code count} nodes' in a row that are all free at the moment. */
  static int freeBase(int count) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int base = 10_000 + ThreadLocalRandom.current().nextInt(2_000) * STEP;
      boolean free =
          IntStream.range(0, count)
              .mapToObj(index -> of(base, base + 5, index))
              .flatMap(ports -> ports.uses().stream())
              .allMatch(use -> isFree("127.0.0.1", use.port()));
      if (free) {
        return base;
      }
    }
    throw new CliException(ExitCodes.CONFLICT, "no free ports found on this machine", "");
  }

  static boolean isFree(String host, int port) {
    if (port <= 0) {
      return true;
    }
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getByName(host), port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }

  /** Whether {@code host} is an address of this machine. */
  static boolean isLocal(String host) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getByName(host), 0));
      return true;
    } catch (IOException foreign) {
      return false;
    }
  }

  /** {@code pid 123 (java -cp …)}; empty where the system does not tell. */
  static Optional<String> owner(int port) {
    try {
      Optional<String> inode = listeningInode(port);
      return inode.isEmpty() ? Optional.empty() : holder("socket:[" + inode.get() + "]");
    } catch (IOException | RuntimeException noProc) {
      return Optional.empty();
    }
  }

  private static Optional<String> listeningInode(int port) throws IOException {
    String local = String.format(":%04X", port);
    for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
      if (!Files.exists(Path.of(table))) {
        continue;
      }
      for (String line : Files.readAllLines(Path.of(table))) {
        String[] fields = line.strip().split("\\s+");
        if (fields.length > 9 && fields[1].endsWith(local) && fields[3].equals("0A")) {
          return Optional.of(fields[9]);
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> holder(String socket) throws IOException {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        if (holds(process.resolve("fd"), socket)) {
          String command =
              Files.readString(process.resolve("cmdline")).replace('\0', ' ').strip();
          String shown = command.length() > 60 ? command.substring(0, 60) + "…" : command;
          return Optional.of("pid " + process.getFileName() + " (" + shown + ")");
        }
      }
    }
    return Optional.empty();
  }

  private static boolean holds(Path descriptors, String socket) {
    try (DirectoryStream<Path> open = Files.newDirectoryStream(descriptors)) {
      for (Path descriptor : open) {
        if (Files.readSymbolicLink(descriptor).toString().equals(socket)) {
          return true;
        }
      }
    } catch (IOException gone) {
      // The process ended, or is somebody else's.
    }
    return false;
  }
}
