package dev.mabeam.variable.sync;

import dev.mabeam.bus.Addresses;
import dev.mabeam.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Asks other nodes, and notices which of them do not answer. Every message says who sent it, and
 * {@code "v":1}.
 */
final class Channel {
  static final Duration DEADLINE = Duration.ofSeconds(1);

  private final String self;
  private final Bus bus;
  private final Traffic traffic;
  private final Set<String> silent = new HashSet<>();
  private Consumer<String> onContact = peer -> {};

  Channel(String self, Bus bus, Traffic traffic) {
    this.self = self;
    this.bus = bus;
    this.traffic = traffic;
  }

  static String address(String nodeId) {
    return Addresses.node(nodeId, "variable", "sync");
  }

  /** Hears of a node that answers or asks again after it had been silent. */
  void onContact(Consumer<String> listener) {
    onContact = listener;
  }

  /**
   * Sends {@code message}, of about {@code bytes} besides its frame.
   *
   * @param kind for the statistics
   */
  Future<JsonObject> ask(String peer, String kind, String what, JsonObject message, int bytes) {
    message.put("v", 1).put("do", what).put("from", self);
    traffic.sent(kind, bytes + 60 + self.length());
    return bus.request(address(peer), message, DEADLINE)
        .onSuccess(answer -> heard(peer))
        .onFailure(failure -> silent.add(peer));
  }

  void heard(String peer) {
    if (silent.remove(peer)) {
      onContact.accept(peer);
    }
  }

  /** Whether the last that was asked of {@code peer} was not answered. */
  boolean isSilent(String peer) {
    return silent.contains(peer);
  }

  /** Forgets who is no peer any more. */
  void forget(String peer) {
    silent.remove(peer);
  }
}
