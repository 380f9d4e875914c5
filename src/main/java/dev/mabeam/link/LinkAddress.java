package dev.mabeam.link;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;

/** A host and a port, as one node dials another. Ordered by host, then port. */
public record LinkAddress(String host, int port) implements Comparable<LinkAddress> {
  /** The port that is meant when a seed names none. */
  public static final int DEFAULT_PORT = 7802;

  /**
   * Reads {@code host:port}, {@code host}, or {@code [v6]:port}; INVALID if it is none of them.
   * A v6 address without a port stands in brackets or has more than one colon.
   */
  public static LinkAddress parse(String text) {
    String trimmed = text.trim();
    if (trimmed.startsWith("[")) {
      int end = trimmed.indexOf(']');
      String rest = end < 0 ? "?" : trimmed.substring(end + 1);
      if (rest.isEmpty()) {
        return new LinkAddress(trimmed.substring(1, end), DEFAULT_PORT);
      }
      if (!rest.startsWith(":")) {
        throw malformed(text);
      }
      return new LinkAddress(trimmed.substring(1, end), port(text, rest.substring(1)));
    }
    int colon = trimmed.indexOf(':');
    if (trimmed.isEmpty() || colon == 0 || trimmed.contains(" ")) {
      throw malformed(text);
    }
    if (colon < 0 || colon != trimmed.lastIndexOf(':')) {
      return new LinkAddress(trimmed, DEFAULT_PORT);
    }
    return new LinkAddress(trimmed.substring(0, colon), port(text, trimmed.substring(colon + 1)));
  }

  private static int port(String whole, String text) {
    try {
      int port = Integer.parseInt(text);
      if (port > 0 && port <= 65_535) {
        return port;
      }
    } catch (NumberFormatException notANumber) {
      // the same complaint as for a number out of range
    }
    throw malformed(whole);
  }

  private static MabeamException malformed(String text) {
    return new MabeamException(
        ErrorCode.INVALID, "'" + text + "' is no address", "write HOST:PORT, such as 10.0.0.2:7802");
  }

  @Override
  public int compareTo(LinkAddress other) {
    int byHost = host.compareTo(other.host);
    return byHost != 0 ? byHost : Integer.compare(port, other.port);
  }

  /** {@code host:port}, what {@link #parse} reads. */
  @Override
  public String toString() {
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
  }
}
