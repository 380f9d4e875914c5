package dev.mabeam.dashboard;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.VariableChange;
import dev.mabeam.variable.VariableValue;
import dev.mabeam.variable.Variables;
import dev.mabeam.variable.Watch;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A variable's changes as they come, for one client: a line of JSON each, first what there is now.
 * An empty line every {@link #BEAT_MILLIS} says that the node is still there. A client that reads
 * too slowly misses changes, and is told with the next one how many. It ends when the client goes
 * or the node stops.
 *
 * <p>All on the request's event loop, but for what a watch calls.
 */
final class VariableFeed {
  static final String TYPE = "text/plain; charset=utf-8";
  static final long BEAT_MILLIS = 10_000;
  /** How many a node serves at a time. */
  static final int MOST = 1_000;
  private static final int MOST_EARLY = 100;

  private static final System.Logger LOG = System.getLogger(VariableFeed.class.getName());
  private static final AtomicInteger OPEN = new AtomicInteger();

  private final Vertx vertx;
  private final HttpServerResponse response;
  /** What came before the first line was written. */
  private final Deque<VariableChange> early = new ArrayDeque<>();
  private Watch watch;
  private long beat = -1;
  private long skipped;
  /** What came last while the client did not read; null if nothing did. */
  private VariableChange late;
  private boolean begun;
  private boolean ended;

  private VariableFeed(RoutingContext request) {
    vertx = request.vertx();
    response = request.response();
  }

  static void open(RoutingContext request, Variables variables, String name) {
    if (OPEN.incrementAndGet() > MOST) {
      OPEN.decrementAndGet();
      throw new MabeamException(
          ErrorCode.OVERLOADED, MOST + " watchers are connected here", "ask another node");
    }
    VariableFeed feed = new VariableFeed(request);
    Context context = request.vertx().getOrCreateContext();
    feed.response.closeHandler(gone -> feed.end());
    feed.response.exceptionHandler(broken -> feed.end());
    Exchange.here(
            request,
            variables.watch(name, change -> context.runOnContext(none -> feed.told(change))))
        .onComplete(
            opened -> feed.watching(request, variables, name, opened),
            failure -> {
              feed.end();
              request.fail(failure);
            });
  }

  /** What comes until the answer is told after it, and may be told twice. */
  private void watching(RoutingContext request, Variables variables, String name, Watch opened) {
    watch = opened;
    if (ended) {
      close();
      return;
    }
    Exchange.here(request, variables.get(name))
        .onComplete(
            now -> begin(name, now),
            failure -> {
              end();
              request.fail(failure);
            });
  }

  private void begin(String name, VariableValue now) {
    if (ended) {
      return;
    }
    begun = true;
    response
        .setChunked(true)
        .putHeader(HttpHeaders.CONTENT_TYPE, TYPE)
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    response.drainHandler(ready -> drained());
    write(new VariableChange(name, now, 0));
    early.forEach(this::told);
    early.clear();
    beat = vertx.setPeriodic(BEAT_MILLIS, tick -> response.write("\n"));
  }

  private void told(VariableChange change) {
    if (ended) {
      return;
    }
    if (!begun) {
      keep(change);
    } else if (late != null || response.writeQueueFull()) {
      skipped += (late == null ? 0 : 1) + change.skipped();
      late = change;
    } else {
      write(change);
    }
  }

  private void keep(VariableChange change) {
    early.add(change);
    if (early.size() > MOST_EARLY) {
      skipped += 1 + early.poll().skipped();
    }
  }

  private void drained() {
    if (late != null && !ended) {
      VariableChange last = late;
      late = null;
      write(new VariableChange(last.name(), last.value(), 0));
    }
  }

  /** With what was missed before it. */
  private void write(VariableChange change) {
    long missed = skipped + change.skipped();
    skipped = 0;
    response
        .write(
            VariableJson.change(new VariableChange(change.name(), change.value(), missed)).encode()
                + "\n")
        .onFailure(gone -> LOG.log(Level.DEBUG, "a watcher is gone", gone));
  }

  private void end() {
    if (!ended) {
      ended = true;
      OPEN.decrementAndGet();
      if (beat >= 0) {
        vertx.cancelTimer(beat);
      }
      close();
    }
  }

  private void close() {
    if (watch != null) {
      watch.close();
    }
  }
}
