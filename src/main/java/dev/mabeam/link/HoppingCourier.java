package dev.mabeam.link;

import dev.mabeam.time.Hop;
import io.vertx.core.buffer.Buffer;
import java.util.concurrent.Executor;

/** {@link Courier} for another thread than the link's; each hop takes along all that waits. */
final class HoppingCourier implements Courier {
  private final Courier courier;
  private final Hop toLink;
  private final Hop toCaller;
  private volatile Handler handler = (from, type, payload) -> {};

  HoppingCourier(Courier courier, Executor toLink, Executor toCaller) {
    this.courier = courier;
    this.toLink = new Hop(toLink);
    this.toCaller = new Hop(toCaller);
    toLink.execute(
        () ->
            courier.onFrame(
                (from, type, payload) ->
                    this.toCaller.execute(() -> handler.frame(from, type, payload))));
  }

  @Override
  public void send(LinkAddress to, byte type, Buffer payload) {
    toLink.execute(() -> courier.send(to, type, payload));
  }

  @Override
  public boolean reaches(LinkAddress to) {
    return courier.reaches(to);
  }

  @Override
  public void onFrame(Handler newHandler) {
    handler = newHandler;
  }
}
