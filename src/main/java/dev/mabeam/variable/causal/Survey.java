package dev.mabeam.variable.causal;

import dev.mabeam.bus.Addresses;
import dev.mabeam.bus.Bus;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Finds out what is left of updates whose store does not answer for them any more: what all nodes
 * of the cluster together have. What is not in it is lost, by decision: whoever had it is no member.
 *
 * <pre>
 *   A                        every member
 *   have {names} ──────────►                      {known, seen: {name: vector}} of whatever is there,
 *        ◄──────────────────                      filled or not, kept by decision or not
 *   …all have answered, A has all that was decided until then…
 *   have {names} ──────────►
 *        ◄──────────────────
 *   …all have answered, members and replica sets are still the same…
 * </pre>
 *
 * <p>Why twice. What a node has it keeps, unless it is no replica any more: then it gives it to one
 * that is, and forgets it. That one may have answered before it got it; it has it at the second
 * asking. Whom it was given to A knows, since that one is a replica by a decision before the first
 * answer of the giver; and nobody hands over what he was not asked to between the two, as long as
 * the sets are the same.
 *
 * <p>It fails if somebody does not answer or the sets change. A node that was expelled and comes
 * back with what was found lost brings it as news.
 */
public final class Survey {
  private static final Duration DEADLINE = Duration.ofSeconds(1);

  private final String self;
  private final Bus bus;
  private final Decided decided;
  private final CausalIndex index;
  private final Function<String, VersionVector> seen;

  /**
   * What all have together.
   *
   * @param known the causal updates that anybody knows
   * @param seen of each variable the writes that anybody has
   */
  public record Found(VersionVector known, Map<String, VersionVector> seen) {
    /** Of one variable. */
    public VersionVector of(String name) {
      return seen.getOrDefault(name, VersionVector.EMPTY);
    }

    private Found join(Found other) {
      Map<String, VersionVector> both = new HashMap<>(seen);
      other.seen.forEach((name, vector) -> both.merge(name, vector, VersionVector::join));
      return new Found(known.join(other.known), both);
    }
  }

  /**
   * @param seen what is here of a variable, whatever it counts for; null if nothing is
   */
  public Survey(
      String self,
      Bus bus,
      Decided decided,
      CausalIndex index,
      Function<String, VersionVector> seen) {
    this.self = self;
    this.bus = bus;
    this.decided = decided;
    this.index = index;
    this.seen = seen;
  }

  static String address(String nodeId) {
    return Addresses.node(nodeId, "variable", "have");
  }

  /** Answers the others. */
  public Future<Bus.Registration> serve() {
    return bus.serve(address(self), question -> Future.succeededFuture(answer(question)));
  }

  /** What is left of these variables, and of causal updates. */
  public Future<Found> of(Collection<String> names) {
    Object before = decided.arrangement(names);
    return ask(names)
        .compose(once -> decided.barrier().compose(now -> ask(names)).map(once::join))
        .compose(
            found ->
                decided.arrangement(names).equals(before)
                    ? Future.succeededFuture(found)
                    : Future.failedFuture(
                        new MabeamException(
                            ErrorCode.UNAVAILABLE,
                            "who keeps " + names + " has changed meanwhile",
                            "try again")));
  }

  private Future<Found> ask(Collection<String> names) {
    JsonObject question =
        new JsonObject().put("v", 1).put("names", new JsonArray(List.copyOf(names)));
    List<Future<JsonObject>> answers = new ArrayList<>();
    for (String member : decided.members()) {
      if (!member.equals(self)) {
        answers.add(bus.request(address(member), question.copy(), DEADLINE));
      }
    }
    Found here = found(answer(question));
    return Future.all(answers)
        .map(all -> answers.stream().map(each -> found(each.result())).reduce(here, Found::join));
  }

  private JsonObject answer(JsonObject question) {
    JsonObject vectors = new JsonObject();
    for (Object name : question.getJsonArray("names", new JsonArray())) {
      VersionVector here = seen.apply(String.valueOf(name));
      if (here != null) {
        vectors.put(String.valueOf(name), here.toJson());
      }
    }
    return new JsonObject().put("v", 1).put("known", index.known().toJson()).put("seen", vectors);
  }

  private static Found found(JsonObject answer) {
    Map<String, VersionVector> seen = new HashMap<>();
    answer
        .getJsonObject("seen")
        .forEach(
            each ->
                seen.put(each.getKey(), VersionVector.fromJson((JsonObject) each.getValue())));
    return new Found(VersionVector.fromJson(answer.getJsonObject("known")), seen);
  }
}
