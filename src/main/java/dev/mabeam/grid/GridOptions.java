package dev.mabeam.grid;

import java.util.List;
import java.util.Objects;

/**
 * What a {@link Grid} is started with.
 *
 * @param clusterId part of the JGroups cluster name: channels of two clusters never meet
 * @param nodeName the node's name in the view, unique in the cluster
 * @param bind the address that the channel binds and that the others dial
 * @param port the channel's port; failure detection takes this port plus 4
 * @param initialHosts the other members as {@code host[port]}; none for a founder
 * @param configDir where {@code infinispan.xml} and the stack are looked for first; empty for those
 *     in the jar
 * @param stack the JGroups configuration: {@link #TCP} or {@link #LOCAL}
 * @param repair whether the event bus's registrations heal after a cut; false only to show that it
 *     matters
 * @param waits whether it asks the others until one is in a view, rather than open one alone
 */
public record GridOptions(
    String clusterId,
    String nodeName,
    String bind,
    int port,
    List<String> initialHosts,
    String configDir,
    String stack,
    boolean repair,
    boolean waits) {
  /** Nodes in processes of their own. */
  public static final String TCP = "jgroups-tcp.xml";

  /** Nodes in one JVM, without sockets: for tests. */
  public static final String LOCAL = "jgroups-local.xml";

  public GridOptions {
    Objects.requireNonNull(clusterId);
    Objects.requireNonNull(nodeName);
    initialHosts = List.copyOf(initialHosts);
  }

  /** A node in a process of its own, healing. */
  public GridOptions(
      String clusterId,
      String nodeName,
      String bind,
      int port,
      List<String> initialHosts,
      String configDir) {
    this(clusterId, nodeName, bind, port, initialHosts, configDir, TCP, true, !initialHosts.isEmpty());
  }

  /**
   * The same, but it waits for nobody: it opens a view alone, and merges with those that it was told
   * of when they meet.
   */
  public GridOptions withoutWaiting() {
    return new GridOptions(
        clusterId, nodeName, bind, port, initialHosts, configDir, stack, repair, false);
  }

  /** The same with another stack. */
  public GridOptions withStack(String other) {
    return new GridOptions(
        clusterId, nodeName, bind, port, initialHosts, configDir, other, repair, waits);
  }

  /** The same with the repair of the event bus's registrations on or off. */
  public GridOptions withRepair(boolean on) {
    return new GridOptions(
        clusterId, nodeName, bind, port, initialHosts, configDir, stack, on, waits);
  }
}
