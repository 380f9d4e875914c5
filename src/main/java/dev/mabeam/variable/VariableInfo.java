package dev.mabeam.variable;

import java.util.List;

/**
 * A variable's definition, as decided.
 *
 * @param master the id of the node that is its master at {@code epoch}
 * @param replicas the ids of the nodes that keep its value
 */
public record VariableInfo(
    String name, VariableOptions options, String master, long epoch, List<String> replicas) {
  public VariableInfo {
    replicas = List.copyOf(replicas);
  }
}
