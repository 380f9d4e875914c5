package dev.mabeam.cli;

import dev.mabeam.bench.Measured;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Interleaved rounds of several subjects, and what they come to. A ratio is the median of the
 * ratios round by round: what slows the machine down slows both of a round.
 */
final class Rounds {
  /** What the others are put next to. */
  private static final List<String> YARDSTICKS = List.of("bus", "busSpread", "tcp", "volatile", "log");

  private record Key(String subject, int outstanding) {}

  private final Map<Key, List<Measured>> rounds = new LinkedHashMap<>();

  void add(String subject, int outstanding, Measured measured) {
    rounds.computeIfAbsent(new Key(subject, outstanding), key -> new ArrayList<>()).add(measured);
  }

  /** One object a subject and number of messages under way, in the order in which they came. */
  JsonArray toJson() {
    JsonArray all = new JsonArray();
    rounds.forEach((key, own) -> all.add(json(key, own)));
    return all;
  }

  private JsonObject json(Key key, List<Measured> own) {
    JsonObject json =
        new JsonObject()
            .put("what", key.subject())
            .put("outstanding", key.outstanding())
            .put("perSecond", Math.round(median(own, Measured::perSecond)))
            .put("p50Micros", Spread.rounded(median(own, Measured::p50Micros)))
            .put("p99Micros", Spread.rounded(median(own, Measured::p99Micros)))
            .put("failed", own.stream().mapToLong(Measured::failed).sum());
    for (String yardstick : YARDSTICKS) {
      List<Measured> other = rounds.get(new Key(yardstick, key.outstanding()));
      if (other != null && !yardstick.equals(key.subject())) {
        json.put(
            "to" + yardstick.substring(0, 1).toUpperCase(java.util.Locale.ROOT)
                + yardstick.substring(1),
            new JsonObject()
                .put("perSecond", ratio(own, other, Measured::perSecond))
                .put("p50", ratio(own, other, Measured::p50Micros))
                .put("p99", ratio(own, other, Measured::p99Micros)));
      }
    }
    JsonArray each = new JsonArray();
    own.forEach(measured -> each.add(Math.round(measured.perSecond())));
    return json.put("roundsPerSecond", each);
  }

  private static double median(List<Measured> rounds, ToDoubleFunction<Measured> of) {
    return Spread.of(rounds.stream().mapToDouble(of).toArray()).median();
  }

  private static double ratio(
      List<Measured> own, List<Measured> other, ToDoubleFunction<Measured> of) {
    double[] ratios = new double[Math.min(own.size(), other.size())];
    for (int i = 0; i < ratios.length; i++) {
      double divisor = of.applyAsDouble(other.get(i));
      ratios[i] = divisor == 0 ? 0 : of.applyAsDouble(own.get(i)) / divisor;
    }
    return Spread.rounded(Spread.of(ratios).median());
  }
}
