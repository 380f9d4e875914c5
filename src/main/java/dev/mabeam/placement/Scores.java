package dev.mabeam.placement;

import io.vertx.core.json.JsonObject;

/** How well a node suits an agent, each from 0 to 1. */
public record Scores(
    double resource, double load, double capability, double network, double affinity) {
  static final double RESOURCE = 0.30;
  static final double LOAD = 0.25;
  static final double CAPABILITY = 0.20;
  static final double NETWORK = 0.15;
  static final double AFFINITY = 0.10;

  /** The weighted sum, from 0 to 1. */
  public double total() {
    return RESOURCE * resource
        + LOAD * load
        + CAPABILITY * capability
        + NETWORK * network
        + AFFINITY * affinity;
  }

  JsonObject toJson() {
    return new JsonObject()
        .put("resource", shown(resource))
        .put("load", shown(load))
        .put("capability", shown(capability))
        .put("network", shown(network))
        .put("affinity", shown(affinity));
  }

  static double shown(double score) {
    return Math.round(score * 10_000) / 10_000.0;
  }
}
