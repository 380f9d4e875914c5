package dev.mabeam.testing;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;

/**
 * Loses what arrives over the event bus from a node on the other side of a cut. A message does not
 * tell its sender, so each node's name travels in a header, which the receiver takes off again.
 */
final class BusCut {
  private static final String FROM = "mabeam-test-cluster-from";

  private final Cuts cuts;

  BusCut(Cuts cuts) {
    this.cuts = cuts;
  }

  void attach(String node, Vertx vertx) {
    EventBus bus = vertx.eventBus();
    bus.addOutboundInterceptor(
        delivery -> {
          delivery.message().headers().set(FROM, node);
          delivery.next();
        });
    bus.addInboundInterceptor(
        delivery -> {
          String from = delivery.message().headers().get(FROM);
          if (from == null || !cuts.between(from, node)) {
            delivery.message().headers().remove(FROM);
            delivery.next();
          }
        });
  }
}
