package dev.mabeam.link;

import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Questions to whoever is at an address; the connections are kept for the next question. */
final class Lines {
  static final Duration DIAL_DEADLINE = Duration.ofSeconds(1);

  /** What came of a question. */
  sealed interface Heard {
    /** {@code from} was alive when it answered, which was after it was asked. */
    record Answered(Hello from, JsonObject body) implements Heard {}

    record Refused() implements Heard {}

    record Silent(String why) implements Heard {}

    /** Somebody is there whom this node cannot talk to. */
    record Incompatible(String why) implements Heard {}
  }

  private final LinkTransport transport;
  private final Scheduler scheduler;
  private final Function<String, Hello> mine;
  private final Map<LinkAddress, Wire> open = new HashMap<>();
  private final Map<LinkAddress, Future<Dialled>> dialling = new HashMap<>();

  /**
   * @param mine makes this node's hello for a purpose, as it is at the moment
   */
  Lines(LinkTransport transport, Scheduler scheduler, Function<String, Hello> mine) {
    this.transport = transport;
    this.scheduler = scheduler;
    this.mine = mine;
  }

  /** Asks over the connection that is there, or a new one. Always succeeds. */
  Future<Heard> ask(LinkAddress to, JsonObject question, Duration deadline) {
    Wire kept = open.get(to);
    if (kept != null) {
      return put(kept, question, deadline);
    }
    return dialOnce(to)
        .compose(
            dialled ->
                dialled instanceof Dialled.Opened opened
                    ? put(opened.wire(), question, deadline)
                    : Future.succeededFuture(outcome(dialled)));
  }

  /** Several questions at the same time share one attempt to connect. */
  private Future<Dialled> dialOnce(LinkAddress to) {
    Future<Dialled> underWay = dialling.get(to);
    if (underWay != null) {
      return underWay;
    }
    Future<Dialled> dialled = dial(to, Hello.ASK);
    dialling.put(to, dialled);
    return dialled.onComplete(
        done -> {
          dialling.remove(to);
          if (done.result() instanceof Dialled.Opened opened) {
            open.put(to, opened.wire());
            opened.wire().onClose(() -> open.remove(to, opened.wire()));
          }
        });
  }

  /** Whether somebody says hello there right now, over a connection of its own. */
  Future<Heard> probe(LinkAddress to) {
    return dial(to, Hello.ASK)
        .map(
            dialled -> {
              if (dialled instanceof Dialled.Opened opened) {
                opened.wire().close();
                return new Heard.Answered(opened.wire().hello(), new JsonObject());
              }
              return outcome(dialled);
            });
  }

  /** What came of dialling and saying hello. */
  sealed interface Dialled {
    record Opened(Wire wire) implements Dialled {}

    record Not(Heard why) implements Dialled {}
  }

  private static Heard outcome(Dialled dialled) {
    return ((Dialled.Not) dialled).why();
  }

  /** Opens a new connection; the caller owns the wire. Always succeeds. */
  Future<Dialled> dial(LinkAddress to, String purpose) {
    return transport
        .dial(to, DIAL_DEADLINE)
        .compose(
            dial -> {
              if (dial instanceof LinkTransport.Dial.Connected connected) {
                return greet(connected.connection(), purpose);
              }
              Heard why =
                  dial instanceof LinkTransport.Dial.Silent silent
                      ? new Heard.Silent(silent.why())
                      : new Heard.Refused();
              return Future.succeededFuture(new Dialled.Not(why));
            });
  }

  private Future<Dialled> greet(LinkTransport.Connection connection, String purpose) {
    return new Wire(connection, mine.apply(purpose), scheduler)
        .ready()
        .<Dialled>map(Dialled.Opened::new)
        .otherwise(
            failure ->
                new Dialled.Not(
                    failure instanceof Wire.IncompatibleException
                        ? new Heard.Incompatible(failure.getMessage())
                        : new Heard.Silent(failure.getMessage())));
  }

  private static Future<Heard> put(Wire wire, JsonObject question, Duration deadline) {
    return wire.ask(question, deadline)
        .<Heard>map(answer -> new Heard.Answered(wire.hello(), answer))
        .otherwise(
            failure -> {
              // The connection may be a dead one; the next question takes a new one.
              wire.close();
              return new Heard.Silent(failure.getMessage());
            });
  }

  void close() {
    List.copyOf(open.values()).forEach(Wire::close);
  }
}
