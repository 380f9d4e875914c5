package dev.mabeam.sample;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads files and counts their words, each word at the counter that owns its slice.
 *
 * <p>Deployed with {@code {"address","roots"}}. Asked {@code {"pass","file","counters"}}, it
 * answers {@code {"words"}} once every counter has acknowledged all that it was sent. {@code file} and
 * {@code roots} are {@code file:} URIs, which carry names in any encoding; a file outside the roots
 * is refused.
 *
 * <p>Guaranteed: within a pass a file counts once, however often it is asked for and however often
 * a message is sent again. For that, asking again for a file joins what is under way; and each part
 * that goes to a counter has a number, by which the counter knows it. A part is sent again until it
 * is acknowledged or {@link #GIVE_UP_MILLIS} have passed; then the request fails, and whether the
 * part was counted is unknown: the pass has to be run again, under a new number.
 */
public final class ReaderVerticle extends VerticleBase {
  private static final int BLOCK = 1 << 20;
  private static final int WORDS_A_PART = 4_000;
  private static final long ACK_MILLIS = 2_000;
  private static final long AGAIN_MILLIS = 250;
  private static final long GIVE_UP_MILLIS = 30_000;

  private final Map<String, Future<JsonObject>> files = new HashMap<>();
  /** Shared by all files: Vert.x runs the blocking calls of one context one after the other. */
  private final byte[] block = new byte[BLOCK];
  private List<Path> roots = List.of();
  private long pass;

  @Override
  public Future<?> start() {
    String address = config().getString("address");
    if (address == null) {
      return Future.failedFuture("the configuration lacks \"address\"");
    }
    roots =
        config().getJsonArray("roots", new JsonArray()).stream()
            .map(root -> Path.of(URI.create((String) root)))
            .toList();
    return vertx
        .eventBus()
        .<JsonObject>consumer(address, this::onFile)
        .completion();
  }

  private void onFile(Message<JsonObject> message) {
    JsonObject request = message.body();
    long asked = request.getLong("pass");
    if (asked < pass) {
      message.fail(CounterVerticle.OLD_PASS, "pass " + asked + " is over");
      return;
    }
    if (asked > pass) {
      pass = asked;
      files.clear();
    }
    files
        .computeIfAbsent(request.getString("file"), file -> read(file, request))
        .onComplete(
            message::reply, failure -> message.fail(500, String.valueOf(failure.getMessage())));
  }

  private Future<JsonObject> read(String uri, JsonObject request) {
    Path file = Path.of(URI.create(uri)).normalize();
    if (roots.stream().noneMatch(file::startsWith)) {
      return Future.failedFuture(file + " is not under the input");
    }
    Reading reading = new Reading(uri, file, request.getLong("pass"), addresses(request));
    Promise<JsonObject> done = Promise.promise();
    reading.next(done);
    return done.future();
  }

  private static List<String> addresses(JsonObject request) {
    return request.getJsonArray("counters").stream().map(String.class::cast).toList();
  }

  /** One file on its way: a block at a time, so that a file of any size takes little memory. */
  private final class Reading {
    private final String uri;
    private final Path file;
    private final long pass;
    private final List<String> counters;
    private final WordScanner scanner = new WordScanner();
    private long position;
    private long words;
    private int parts;

    Reading(String uri, Path file, long pass, List<String> counters) {
      this.uri = uri;
      this.file = file;
      this.pass = pass;
      this.counters = counters;
    }

    void next(Promise<JsonObject> done) {
      vertx
          .executeBlocking(this::readBlock)
          .compose(counts -> counts == null ? Future.succeededFuture(true) : send(counts))
          .onComplete(
              last -> {
                if (last) {
                  done.complete(new JsonObject().put("words", words));
                } else {
                  next(done);
                }
              },
              done::fail);
    }

    /** The next block's counts; null when everything has been read and sent. */
    private Map<String, Long> readBlock() throws IOException {
      if (position < 0) {
        return null;
      }
      Map<String, Long> counts = new HashMap<>();
      try (InputStream in = Files.newInputStream(file)) {
        in.skipNBytes(position);
        int length = in.readNBytes(block, 0, BLOCK);
        words += scanner.scan(block, length, counts);
        position += length;
        if (length < BLOCK) {
          words += scanner.end(counts);
          position = -1;
        }
      }
      return counts;
    }

    private Future<Boolean> send(Map<String, Long> counts) {
      List<Map<String, Object>> slices = new ArrayList<>();
      counters.forEach(counter -> slices.add(new TreeMap<>()));
      counts.forEach(
          (word, count) ->
              slices.get(Math.floorMod(word.hashCode(), counters.size())).put(word, count));
      Future<Void> sent = Future.succeededFuture();
      for (int slice = 0; slice < slices.size(); slice++) {
        String counter = counters.get(slice);
        for (Map<String, Object> some : split(slices.get(slice))) {
          JsonObject part =
              new JsonObject()
                  .put("pass", pass)
                  .put("file", uri)
                  .put("part", parts++)
                  .put("counts", new JsonObject(some));
          sent = sent.compose(done -> deliver(counter, part, System.nanoTime()));
        }
      }
      return sent.map(false);
    }

    private static List<Map<String, Object>> split(Map<String, Object> counts) {
      List<Map<String, Object>> parts = new ArrayList<>();
      Map<String, Object> part = new HashMap<>();
      for (Map.Entry<String, Object> count : counts.entrySet()) {
        part.put(count.getKey(), count.getValue());
        if (part.size() == WORDS_A_PART) {
          parts.add(part);
          part = new HashMap<>();
        }
      }
      if (!part.isEmpty()) {
        parts.add(part);
      }
      return parts;
    }

    private Future<Void> deliver(String counter, JsonObject part, long since) {
      return vertx
          .eventBus()
          .request(counter, part, new DeliveryOptions().setSendTimeout(ACK_MILLIS))
          .<Void>mapEmpty()
          .recover(
              failure -> {
                boolean over = pass < ReaderVerticle.this.pass;
                if (over || (System.nanoTime() - since) / 1_000_000 > GIVE_UP_MILLIS) {
                  return Future.failedFuture(
                      "no acknowledgement from " + counter + ": " + failure.getMessage());
                }
                return vertx.timer(AGAIN_MILLIS).compose(now -> deliver(counter, part, since));
              });
    }
  }
}
