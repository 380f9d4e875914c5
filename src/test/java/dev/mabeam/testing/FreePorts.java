package dev.mabeam.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Blocks of ports on loopback that nobody listens to, below the range from which the system takes
 * ports for outgoing connections, and never the same one twice in a JVM.
 */
public final class FreePorts {
  private static final int FIRST = 15_000;
  private static final int BLOCKS = 1_700;
  private static final int SIZE = 10;
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  private FreePorts() {}

  /** The first of ten free ports. */
  public static int block() {
    for (int attempt = 0; attempt < 1_000; attempt++) {
      int base = FIRST + SIZE * ThreadLocalRandom.current().nextInt(BLOCKS);
      if (GIVEN.add(base) && isFree(base)) {
        return base;
      }
    }
    throw new IllegalStateException("no ten free ports in a row between 15000 and 32000");
  }

  private static boolean isFree(int base) {
    for (int port = base; port < base + SIZE; port++) {
      try (ServerSocket socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      } catch (IOException taken) {
        return false;
      }
    }
    return true;
  }
}
