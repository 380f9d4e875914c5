package dev.mabeam.sample;

import dev.mabeam.agent.AgentMessage;
import dev.mabeam.agent.AgentVerticle;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.Variables;
import dev.mabeam.variable.WriteOptions;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Owns a slice of the words and counts them; its share of the total stands in a variable.
 *
 * <p>Deployed with {@code {"variable"}}. It takes three messages, each with the {@code pass} that
 * it belongs to:
 *
 * <ul>
 *   <li>{@code {"do":"count","file","part","counts"}}: it adds the counts, unless it has that part
 *       of that file already, and answers {@code {}}.
 *   <li>{@code {"do":"total"}}: it answers {@code {"words","different"}} once most replicas of the
 *       variable have them.
 *   <li>{@code {"do":"list","after"}}: the next words in alphabetical order, {@code
 *       {"counts","last"}}; {@code last} is absent when there are no more.
 * </ul>
 *
 * <p>It knows one pass, the newest it heard of. What belongs to an older one is refused.
 *
 * <p>What it has counted is its state: it goes along when it moves, and is there again after its
 * node has crashed. As that is large and grows by parts, it gives the parts as deltas.
 *
 * <p>Under its own id the variable has {@code {"pass","words","different"}}. Each write is the whole
 * slice, never an increment, so that a repeat changes nothing; and it carries the agent's epoch, so
 * that an earlier activation of this agent, wherever it may still be running, cannot undo it.
 */
public final class CounterAgent extends AgentVerticle {
  private static final System.Logger LOG = System.getLogger(CounterAgent.class.getName());
  private static final int WORDS_A_LIST = 20_000;
  /** How old the variable may be while it counts. */
  private static final long SHOWN_NANOS = 1_000_000_000L;

  private final TreeMap<String, Long> counts = new TreeMap<>();
  private final Set<String> parts = new HashSet<>();
  private Variables variables;
  private String variable;
  private long pass;
  private long words;
  /** What was added since the state was asked for last; null if that is not all of it. */
  private JsonArray added = new JsonArray();
  private Future<?> written = Future.succeededFuture();
  private long lastWrite;

  @Override
  public Future<?> start() {
    variable = config().getString("variable");
    if (variable == null) {
      return Future.failedFuture("the configuration lacks \"variable\"");
    }
    variables = agent().service(Variables.class);
    lastWrite = System.nanoTime();
    return Future.succeededFuture();
  }

  @Override
  public Future<?> receive(AgentMessage message) {
    JsonObject json = message.json();
    requirePass(json.getLong("pass", 0L));
    String what = json.getString("do", "");
    return switch (what) {
      case "count" -> count(json);
      case "total" -> total();
      case "list" -> list(json.getString("after", ""));
      default ->
          throw new MabeamException(
              ErrorCode.INVALID, "a counter cannot '" + what + "'", "it can count, total and list");
    };
  }

  /** Refuses a pass that is over, forgets what there is for one that begins. */
  private void requirePass(long asked) {
    if (asked < pass) {
      throw new MabeamException(ErrorCode.CONFLICT, "pass " + asked + " is over");
    }
    if (asked > pass) {
      begin(asked);
      added = null;
    }
  }

  private void begin(long next) {
    pass = next;
    words = 0;
    counts.clear();
    parts.clear();
  }

  private Future<JsonObject> count(JsonObject part) {
    String name = part.getInteger("part") + " " + part.getString("file");
    if (!parts.contains(name)) {
      JsonObject some = new JsonObject().put("part", name).put("counts", part.getValue("counts"));
      add(some);
      if (added != null) {
        added.add(some);
      }
    }
    show();
    return Future.succeededFuture(new JsonObject());
  }

  private void add(JsonObject part) {
    parts.add(part.getString("part"));
    addCounts(part.getJsonObject("counts"));
  }

  private void addCounts(JsonObject some) {
    for (Map.Entry<String, Object> count : some) {
      long more = ((Number) count.getValue()).longValue();
      counts.merge(count.getKey(), more, Long::sum);
      words += more;
    }
  }

  @Override
  public Buffer snapshot() {
    added = new JsonArray();
    return new JsonObject()
        .put("pass", pass)
        .put("parts", new JsonArray(List.copyOf(parts)))
        .put("counts", new JsonObject(new TreeMap<>(counts)))
        .toBuffer();
  }

  /** Null, so that the whole is asked for, when another pass has begun. */
  @Override
  public Buffer delta() {
    JsonArray news = added;
    if (news == null) {
      return null;
    }
    added = new JsonArray();
    return news.isEmpty() ? Buffer.buffer() : news.toBuffer();
  }

  @Override
  public Future<?> restore(Buffer state, int version) {
    JsonObject json = state.toJsonObject();
    begin(json.getLong("pass"));
    json.getJsonArray("parts").forEach(part -> parts.add((String) part));
    addCounts(json.getJsonObject("counts"));
    return Future.succeededFuture();
  }

  @Override
  public void replay(Buffer delta) {
    delta.toJsonArray().forEach(part -> add((JsonObject) part));
  }

  /** For those who watch: nobody waits for it, and the total is written again at the end. */
  private void show() {
    if (written.isComplete() && System.nanoTime() - lastWrite > SHOWN_NANOS) {
      written =
          write(WriteOptions.DEFAULT)
              .onFailure(
                  failure ->
                      LOG.log(
                          System.Logger.Level.DEBUG,
                          agent().id() + " could not write " + variable + ": "
                              + failure.getMessage()));
    }
  }

  private Future<JsonObject> total() {
    Future<?> total =
        written.otherwiseEmpty().compose(last -> write(new WriteOptions(WriteOptions.MAJORITY)));
    written = total;
    return total.map(
        done -> new JsonObject().put("words", words).put("different", counts.size()));
  }

  private Future<?> write(WriteOptions options) {
    lastWrite = System.nanoTime();
    JsonObject slice =
        new JsonObject().put("pass", pass).put("words", words).put("different", counts.size());
    return variables.set(variable, slice, options.slice(agent().id(), agent().epoch()));
  }

  private Future<JsonObject> list(String after) {
    JsonObject some = new JsonObject();
    JsonObject answer = new JsonObject().put("counts", some);
    for (Map.Entry<String, Long> count : counts.tailMap(after, false).entrySet()) {
      some.put(count.getKey(), count.getValue());
      if (some.size() == WORDS_A_LIST) {
        answer.put("last", count.getKey());
        break;
      }
    }
    return Future.succeededFuture(answer);
  }
}
