package dev.mabeam.sample;

import dev.mabeam.agent.AgentMessage;
import dev.mabeam.agent.AgentVerticle;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads files and counts their words, each word at the counter that owns its slice.
 *
 * <p>Deployed with {@code {"roots"}}. Asked {@code {"pass","file","counters"}}, it answers {@code
 * {"words","done","node","trouble"}}: the words that the counters, agents of these ids, have
 * acknowledged, whether these are all, and where it runs. If it takes longer than {@link #PATIENCE_MILLIS} it answers with what
 * it has, and with what it waits for, so that it can hear of other things; ask again. {@code file}
 * and {@code roots} are {@code file:} URIs, which carry names in any encoding; a file outside the
 * roots is refused.
 *
 * <p>Guaranteed: within a pass a file counts once, however often it is asked for and however often
 * a message is sent again. For that, asking again for a file joins what is under way; and each part
 * that goes to a counter has a number, by which the counter knows it. A part is sent again until it
 * is acknowledged, or a later pass begins: then whether it was counted is unknown, and nobody asks.
 *
 * <p>Its state is its place: the file that it reads, and up to where the counters have it. On another
 * node it goes on from there when it is asked for that file again. It reads between messages too, and
 * a place that is younger than the last answer is lost in a crash: then it sends parts once more, under
 * the numbers that they had. So it is with a file that it had finished before, and is asked for again.
 */
public final class ReaderAgent extends AgentVerticle {
  private static final int BLOCK = 1 << 20;
  private static final int WORDS_A_PART = 4_000;
  private static final long PATIENCE_MILLIS = 1_000;
  /** Long enough for a counter to come back after its node has crashed. */
  private static final Duration ACK = Duration.ofSeconds(10);
  private static final long AGAIN_MILLIS = 250;
  /** Of a word that goes over the end of a block. */
  private static final int LONGEST_REST = 1 << 16;

  private final Map<String, Reading> files = new HashMap<>();
  /** Shared by all files: Vert.x runs the blocking calls of one context one after the other. */
  private final byte[] block = new byte[BLOCK];
  private List<Path> roots = List.of();
  private long pass;
  /** Of the file that was begun last; null if there is none. */
  private Place place;

  /**
   * Up to where the counters have a file.
   *
   * @param position of the next byte to read, negative after the last one
   * @param words how many there are before it
   * @param parts how many of these were sent
   * @param rest what the last block ended with
   */
  private record Place(String file, long position, long words, int parts, String rest) {
    static Place beginning(String file) {
      return new Place(file, 0, 0, 0, "");
    }
  }

  @Override
  public Future<?> start() {
    roots =
        config().getJsonArray("roots", new JsonArray()).stream()
            .map(root -> Path.of(URI.create((String) root)))
            .toList();
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    begin(Long.MAX_VALUE);
    return Future.succeededFuture();
  }

  @Override
  public Future<?> receive(AgentMessage message) {
    JsonObject request = message.json();
    long asked = request.getLong("pass", 0L);
    if (asked < pass) {
      throw isOver(asked);
    }
    if (asked > pass) {
      begin(asked);
    }
    return files.computeIfAbsent(request.getString("file"), file -> read(file, request)).answer();
  }

  private static MabeamException isOver(long pass) {
    return new MabeamException(ErrorCode.CONFLICT, "pass " + pass + " is over");
  }

  /** What is under way for an earlier pass ends at its next step. */
  private void begin(long next) {
    pass = next;
    files.clear();
    place = null;
  }

  @Override
  public Buffer snapshot() {
    JsonObject state = new JsonObject().put("pass", pass);
    if (place != null) {
      state
          .put("file", place.file())
          .put("position", place.position())
          .put("words", place.words())
          .put("parts", place.parts())
          .put("rest", place.rest());
    }
    return state.toBuffer();
  }

  @Override
  public Future<?> restore(Buffer state, int version) {
    JsonObject json = state.toJsonObject();
    pass = json.getLong("pass");
    if (json.containsKey("file")) {
      place =
          new Place(
              json.getString("file"),
              json.getLong("position"),
              json.getLong("words"),
              json.getInteger("parts"),
              json.getString("rest"));
    }
    return Future.succeededFuture();
  }

  private Reading read(String uri, JsonObject request) {
    Path file = Path.of(URI.create(uri)).normalize();
    if (roots.stream().noneMatch(file::startsWith)) {
      throw new MabeamException(ErrorCode.FORBIDDEN, file + " is not under the input");
    }
    Place from = place != null && place.file().equals(uri) ? place : Place.beginning(uri);
    Reading reading = new Reading(file, from, request.getLong("pass"), counters(request));
    place = from;
    reading.next();
    return reading;
  }

  private static List<String> counters(JsonObject request) {
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
    private long scanned;
    private long words;
    private String trouble;
    private int parts;
    private final Promise<Void> done = Promise.promise();

    Reading(Path file, Place from, long pass, List<String> counters) {
      this.uri = from.file();
      this.file = file;
      this.pass = pass;
      this.counters = counters;
      position = from.position();
      scanned = from.words();
      words = from.words();
      parts = from.parts();
      scanner.resume(from.rest());
    }

    /** When everything is counted, or after a while. */
    Future<JsonObject> answer() {
      Promise<Boolean> answer = Promise.promise();
      long patience = vertx.setTimer(PATIENCE_MILLIS, now -> answer.tryComplete(false));
      done.future()
          .onComplete(
              counted -> {
                vertx.cancelTimer(patience);
                answer.tryComplete(true);
              },
              failure -> {
                vertx.cancelTimer(patience);
                answer.tryFail(failure);
              });
      return answer.future().map(this::report);
    }

    private JsonObject report(boolean all) {
      JsonObject report = new JsonObject().put("words", words).put("done", all).put("node", agent().nodeId());
      return trouble == null ? report : report.put("trouble", trouble);
    }

    void next() {
      vertx
          .executeBlocking(this::readBlock)
          .compose(counts -> counts == null ? Future.succeededFuture(true) : send(counts))
          .onComplete(
              last -> {
                words = scanned;
                keepPlace();
                if (last) {
                  done.complete();
                } else {
                  next();
                }
              },
              done::fail);
    }

    /** Another file may have been begun meanwhile, or the next pass; and a word has no end. */
    private void keepPlace() {
      String rest = scanner.rest();
      if (place != null
          && place.file().equals(uri)
          && pass == ReaderAgent.this.pass
          && rest.length() <= LONGEST_REST) {
        place = new Place(uri, position, scanned, parts, rest);
      }
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
        scanned += scanner.scan(block, length, counts);
        position += length;
        if (length < BLOCK) {
          scanned += scanner.end(counts);
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
                  .put("do", "count")
                  .put("pass", pass)
                  .put("file", uri)
                  .put("part", parts++)
                  .put("counts", new JsonObject(some));
          sent = sent.compose(done -> deliver(counter, part));
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

    private Future<Void> deliver(String counter, JsonObject part) {
      return agent()
          .agents()
          .ask(counter, part, ACK)
          .<Void>map(
              acknowledged -> {
                trouble = null;
                return null;
              })
          .recover(
              failure -> {
                if (pass != ReaderAgent.this.pass) {
                  return Future.failedFuture(isOver(pass));
                }
                trouble = failure.getMessage();
                return vertx.timer(AGAIN_MILLIS).compose(now -> deliver(counter, part));
              });
    }
  }
}
