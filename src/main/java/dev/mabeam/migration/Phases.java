package dev.mabeam.migration;

import io.vertx.core.json.JsonObject;

/**
 * How long each part of a move took, in milliseconds to a tenth; 0 for what has not ended.
 *
 * @param reserve finding a place on the target; the agent goes on meanwhile
 * @param pause ending the running message and writing the last checkpoint
 * @param transfer carrying the state over and making the agent from it
 * @param flip deciding
 * @param fill sealing the old stores and filling the new ones, until it takes messages
 */
public record Phases(double reserve, double pause, double transfer, double flip, double fill) {
  static final Phases NONE = new Phases(0, 0, 0, 0, 0);

  /** For how long the agent took no message: everything but the reservation. */
  public double paused() {
    return tenth(pause + transfer + flip + fill);
  }

  static double tenth(double millis) {
    return Math.rint(millis * 10) / 10;
  }

  public JsonObject toJson() {
    return new JsonObject()
        .put("reserve", reserve)
        .put("pause", pause)
        .put("transfer", transfer)
        .put("flip", flip)
        .put("fill", fill);
  }

  static Phases fromJson(JsonObject json) {
    return new Phases(
        json.getDouble("reserve", 0.0),
        json.getDouble("pause", 0.0),
        json.getDouble("transfer", 0.0),
        json.getDouble("flip", 0.0),
        json.getDouble("fill", 0.0));
  }
}
