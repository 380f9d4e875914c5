package dev.mabeam.link;

import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * A connection on which both sides have said hello, with questions and answers on top. Each
 * question ends: by its answer, at its deadline, or when the connection closes. An answer that
 * comes later than that is dropped.
 */
final class Wire {
  private static final System.Logger LOG = System.getLogger(Wire.class.getName());
  private static final Duration HELLO_DEADLINE = Duration.ofSeconds(1);

  /** Why there is no wire: the other side is not one to talk to. */
  static final class IncompatibleException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    IncompatibleException(String message) {
      super(message, null, false, false);
    }
  }

  private final LinkTransport.Connection connection;
  private final Scheduler scheduler;
  private final Promise<Wire> ready = Promise.promise();
  private final Map<Long, Promise<JsonObject>> asked = new HashMap<>();
  private final Scheduler.Scheduled helloTimer;
  private BiFunction<Hello, JsonObject, Future<JsonObject>> onAsk =
      (from, question) -> Future.succeededFuture(new JsonObject());
  private Consumer<Frame> onFrame = frame -> {};
  private Runnable onClose = () -> {};
  private Hello theirs;
  private boolean closed;
  private long lastAsk;

  Wire(LinkTransport.Connection connection, Hello mine, Scheduler scheduler) {
    this.connection = connection;
    this.scheduler = scheduler;
    connection.onFrame(this::received);
    connection.onClose(this::gone);
    connection.send(Frame.of(Frame.HELLO, mine.toJson()));
    helloTimer = scheduler.after(HELLO_DEADLINE, () -> fail("it accepts, and does not answer"));
  }

  /** Completes with this when the other side has said hello. */
  Future<Wire> ready() {
    return ready.future();
  }

  /** Who is at the other end; null before {@link #ready()}. */
  Hello hello() {
    return theirs;
  }

  boolean closed() {
    return closed;
  }

  Wire onAsk(BiFunction<Hello, JsonObject, Future<JsonObject>> handler) {
    onAsk = handler;
    return this;
  }

  Wire onFrame(Consumer<Frame> handler) {
    onFrame = handler;
    return this;
  }

  Wire onClose(Runnable handler) {
    onClose = handler;
    return this;
  }

  void send(Frame frame) {
    connection.send(frame);
  }

  Future<JsonObject> ask(JsonObject question, Duration deadline) {
    if (closed) {
      return Future.failedFuture("the connection is closed");
    }
    long id = ++lastAsk;
    Promise<JsonObject> promise = Promise.promise();
    asked.put(id, promise);
    Scheduler.Scheduled timer =
        scheduler.after(
            deadline,
            () -> {
              if (asked.remove(id) != null) {
                promise.fail("no answer in " + deadline.toMillis() + " ms");
              }
            });
    connection.send(
        Frame.of(Frame.ASK, new JsonObject().put("id", id).put("question", question)));
    return promise.future().onComplete(done -> timer.cancel());
  }

  /** Tells the other side why it is turned away, and closes. */
  void refuse(String code, String message) {
    connection.send(
        Frame.of(Frame.REFUSAL, new JsonObject().put("code", code).put("message", message)));
    close();
  }

  void close() {
    connection.close();
    gone();
  }

  private void received(Frame frame) {
    if (closed) {
      return;
    }
    try {
      dispatch(frame);
    } catch (RuntimeException malformed) {
      LOG.log(
          System.Logger.Level.WARNING, "closing the link from " + connection.remote(), malformed);
      close();
    }
  }

  private void dispatch(Frame frame) {
    if (theirs == null) {
      greet(frame);
      return;
    }
    switch (frame.type()) {
      case Frame.HELLO -> {}
      case Frame.ASK -> answer(frame.json());
      case Frame.ANSWER -> {
        JsonObject json = frame.json();
        Promise<JsonObject> waiting = asked.remove(json.getLong("id", 0L));
        if (waiting != null) {
          waiting.complete(json.getJsonObject("answer", new JsonObject()));
        }
      }
      default -> onFrame.accept(frame);
    }
  }

  private void greet(Frame frame) {
    if (frame.type() == Frame.REFUSAL) {
      incompatible(frame.json().getString("message", "it refuses"));
      return;
    }
    JsonObject json = frame.type() == Frame.HELLO ? frame.json() : new JsonObject();
    String problem = Hello.incompatibility(json);
    if (!problem.isEmpty()) {
      connection.send(Frame.of(Frame.REFUSAL, new JsonObject().put("message", problem)));
      incompatible(problem);
      return;
    }
    theirs = Hello.fromJson(json);
    helloTimer.cancel();
    ready.tryComplete(this);
  }

  private void incompatible(String problem) {
    ready.tryFail(new IncompatibleException(problem));
    close();
  }

  private void answer(JsonObject json) {
    Long id = json.getLong("id");
    onAsk
        .apply(theirs, json.getJsonObject("question", new JsonObject()))
        .onSuccess(
            answer ->
                connection.send(
                    Frame.of(Frame.ANSWER, new JsonObject().put("id", id).put("answer", answer))));
  }

  private void fail(String why) {
    ready.tryFail(why);
    close();
  }

  private void gone() {
    if (closed) {
      return;
    }
    closed = true;
    helloTimer.cancel();
    ready.tryFail("the connection was closed");
    List<Promise<JsonObject>> waiting = List.copyOf(asked.values());
    asked.clear();
    waiting.forEach(promise -> promise.tryFail("the connection was closed"));
    onClose.run();
  }
}
