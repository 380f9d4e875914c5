package dev.mabeam.link;

import dev.mabeam.time.Scheduler;

/**
 * The production courier on a transport, without a link around it that founds or joins: whoever
 * names the same cluster is in it. For tests of what the rooms above say to each other.
 */
public final class BareCourier {
  private final LinkCourier courier;

  private BareCourier(
      LinkTransport transport, Scheduler scheduler, String clusterId, LinkAddress self) {
    Hello hello =
        new Hello(
            Hello.PROTOCOL, Hello.COURIER, self.toString(), self.host(), self, clusterId, null);
    courier =
        new LinkCourier(
            new Lines(transport, scheduler, purpose -> hello), scheduler, () -> clusterId);
    transport.listen(
        self,
        connection -> {
          Wire wire = new Wire(connection, hello, scheduler);
          wire.ready().onSuccess(courier::accept);
        });
  }

  /** Listens at {@code self} and sends from there. */
  public static Courier listen(
      LinkTransport transport, Scheduler scheduler, String clusterId, LinkAddress self) {
    return new BareCourier(transport, scheduler, clusterId, self).courier;
  }
}
