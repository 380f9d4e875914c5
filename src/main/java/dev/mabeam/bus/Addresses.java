package dev.mabeam.bus;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;

/** Builds every event-bus address that mabeam uses. The prefix {@code mabeam.} is reserved. */
public final class Addresses {
  /** What users may not publish, request or consume under. */
  public static final String RESERVED = "mabeam.";

  /** Where any Vert.x client sends to an agent, which the header {@code agent} names. */
  public static final String AGENTS = RESERVED + "agents";

  private Addresses() {}

  /** Answered by any one node: {@code mabeam.<capability>.<verb>}. */
  public static String anyNode(String capability, String verb) {
    return RESERVED + capability + "." + verb;
  }

  /** Answered by that node: {@code mabeam.node.<nodeId>.<capability>.<verb>}. */
  public static String node(String nodeId, String capability, String verb) {
    return RESERVED + "node." + nodeId + "." + capability + "." + verb;
  }

  /** Heard by every node: {@code mabeam.event.<topic>}. */
  public static String event(String topic) {
    return RESERVED + "event." + topic;
  }

  /** Refuses an address that is empty or under the reserved prefix; returns any other. */
  public static String requireUser(String address) {
    if (address == null || address.isBlank()) {
      throw new MabeamException(ErrorCode.INVALID, "the address is empty");
    }
    if (address.startsWith(RESERVED) || address.startsWith("__vertx.")) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "address '" + address + "' is reserved",
          "addresses under 'mabeam.' and '__vertx.' belong to the cluster; choose another");
    }
    return address;
  }
}
