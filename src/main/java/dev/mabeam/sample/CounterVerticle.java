package dev.mabeam.sample;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Owns a slice of the words and counts them.
 *
 * <p>Deployed with {@code {"address"}}. Told {@code {"pass","file","part","counts"}}, it adds the
 * counts, unless it has that part of that file already, and acknowledges. Asked for
 * {@code {"pass","after"}} at {@code <address>.report}, it answers with the next words in
 * alphabetical order, {@code {"counts","last"}}; {@code last} is absent when there are no more.
 *
 * <p>It knows one pass, the newest it heard of. What belongs to an older one is refused.
 */
public final class CounterVerticle extends VerticleBase {
  static final int OLD_PASS = 409;
  private static final int WORDS_A_REPORT = 20_000;

  private final TreeMap<String, Long> counts = new TreeMap<>();
  private final Set<String> parts = new HashSet<>();
  private long pass;

  @Override
  public Future<?> start() {
    String address = config().getString("address");
    if (address == null) {
      return Future.failedFuture("the configuration lacks \"address\"");
    }
    return Future.all(
        vertx.eventBus().<JsonObject>consumer(address, this::onPart).completion(),
        vertx.eventBus().<JsonObject>consumer(address + ".report", this::onReport).completion());
  }

  private void onPart(Message<JsonObject> message) {
    JsonObject body = message.body();
    if (isOld(message)) {
      return;
    }
    if (parts.add(body.getInteger("part") + " " + body.getString("file"))) {
      for (Map.Entry<String, Object> count : body.getJsonObject("counts")) {
        counts.merge(count.getKey(), ((Number) count.getValue()).longValue(), Long::sum);
      }
    }
    message.reply(new JsonObject());
  }

  private void onReport(Message<JsonObject> message) {
    if (isOld(message)) {
      return;
    }
    JsonObject some = new JsonObject();
    JsonObject report = new JsonObject().put("counts", some);
    for (Map.Entry<String, Long> count :
        counts.tailMap(message.body().getString("after", ""), false).entrySet()) {
      some.put(count.getKey(), count.getValue());
      if (some.size() == WORDS_A_REPORT) {
        report.put("last", count.getKey());
        break;
      }
    }
    message.reply(report);
  }

  /** Refuses a pass that is over, forgets what there is for one that begins. */
  private boolean isOld(Message<JsonObject> message) {
    long asked = message.body().getLong("pass");
    if (asked < pass) {
      message.fail(OLD_PASS, "pass " + asked + " is over");
      return true;
    }
    if (asked > pass) {
      pass = asked;
      counts.clear();
      parts.clear();
    }
    return false;
  }
}
