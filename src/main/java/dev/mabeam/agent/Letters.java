package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.buffer.Buffer;
import java.lang.System.Logger.Level;
import java.time.Duration;

/**
 * Sends what an agent has told, once that is written, and again until it was handled: its {@link
 * Outbox} with the way out. On the agent's home.
 */
final class Letters {
  private static final System.Logger LOG = System.getLogger(Letters.class.getName());
  /** How often an outbox with something in it is looked at. */
  private static final Duration LOOK = Outbox.FIRST_PAUSE;

  private final String id;
  private final Outbox outbox;
  private final Stage stage;
  private final Home home;
  private boolean looking;
  private boolean ended;

  Letters(String id, Outbox outbox, Stage stage, Home home) {
    this.id = id;
    this.outbox = outbox;
    this.stage = stage;
    this.home = home;
  }

  /** For the next checkpoint. */
  void add(String target, Object body) {
    outbox.add(target, body);
  }

  int unsent() {
    return outbox.unsent();
  }

  /** So many of them are written: they leave, and whatever else it is time for. */
  void release(int count) {
    outbox.release(count).forEach(this::post);
    outbox.due(nowMillis()).forEach(this::post);
  }

  void encode(Buffer to) {
    outbox.encode(to);
  }

  /** Nothing is sent again any more. */
  void end() {
    ended = true;
  }

  private void post(Outbox.Letter letter) {
    stage
        .post()
        .tell(outbox.stamp(letter), letter.target(), letter.encoded())
        .onComplete(
            done ->
                home.queue()
                    .add(
                        () -> {
                          if (done.succeeded() || isHopeless(letter, done.cause())) {
                            outbox.acknowledged(letter);
                          } else {
                            outbox.unanswered(letter, nowMillis());
                            lookLater();
                          }
                        }));
  }

  private boolean isHopeless(Outbox.Letter letter, Throwable failure) {
    ErrorCode code = MabeamException.of(failure).code();
    boolean hopeless = code == ErrorCode.AGENT_NOT_FOUND || code == ErrorCode.SESSION_EXPIRED;
    if (hopeless) {
      LOG.log(
          Level.WARNING,
          "what agent ''{0}'' told ''{1}'' was not handled: {2}",
          id,
          letter.target(),
          failure.getMessage());
    }
    return hopeless;
  }

  private void lookLater() {
    if (!looking && !ended) {
      looking = true;
      stage.scheduler().after(LOOK, () -> home.queue().add(this::look));
    }
  }

  private void look() {
    looking = false;
    if (!ended && !outbox.isEmpty()) {
      outbox.due(nowMillis()).forEach(this::post);
      lookLater();
    }
  }

  private long nowMillis() {
    return stage.scheduler().nanos() / 1_000_000;
  }
}
