package dev.mabeam.bench;

import io.vertx.core.json.JsonObject;

/**
 * What one round came to.
 *
 * @param perSecond answers that came within the round, by its length
 * @param failed how many failed, the round's last ones included
 * @param failure what the first of these said, or the empty string
 */
public record Measured(
    double perSecond, double p50Micros, double p99Micros, long failed, String failure) {

  static Measured of(Latencies latencies, long nanos, long failed, String failure) {
    return new Measured(
        latencies.count() * 1e9 / nanos,
        latencies.nanosAt(0.50) / 1e3,
        latencies.nanosAt(0.99) / 1e3,
        failed,
        failure);
  }

  public JsonObject toJson() {
    return new JsonObject()
        .put("perSecond", perSecond)
        .put("p50Micros", p50Micros)
        .put("p99Micros", p99Micros)
        .put("failed", failed)
        .put("failure", failure);
  }

  public static Measured fromJson(JsonObject json) {
    return new Measured(
        json.getDouble("perSecond"),
        json.getDouble("p50Micros"),
        json.getDouble("p99Micros"),
        json.getLong("failed"),
        json.getString("failure"));
  }
}
