package dev.mabeam.dashboard;

import java.util.Set;

/**
 * Where and for whom a node serves HTTP.
 *
 * @param host the address to bind; on loopback every caller is an operator
 * @param port the port to bind; 0 takes a free one
 * @param token what operators present when {@code host} is not loopback; empty allows none
 * @param names host names that callers may use for this node, besides loopback names, IP addresses
 *     and {@code host}
 */
public record DashboardOptions(String host, int port, String token, Set<String> names) {
  public DashboardOptions {
    names = Set.copyOf(names);
  }

  /** The token is not shown. */
  @Override
  public String toString() {
    return "DashboardOptions[host=" + host + ", port=" + port + ", names=" + names + "]";
  }
}
