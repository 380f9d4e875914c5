package dev.mabeam.membership;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One node, as another shows it. The keys in JSON are the components' names.
 *
 * <p>A node states most of it about itself; status, last heartbeat, phi and round-trip time are
 * laid over it by the node that shows it.
 *
 * @param id {@code <name>#<incarnation>}
 * @param incarnation the number of this stay in the cluster
 * @param capabilities what the node was started with, for placement
 * @param load 0 to 1, see {@link Load#value()}
 * @param agentCount how many agents and deployed verticles run there
 * @param zone its failure domain
 * @param lastHeartbeat when it was last heard, in milliseconds since 1970
 * @param phi the suspicion of its silence: 8 and more is too long to be chance
 * @param rttMicros the link's round-trip time in microseconds, 0 when it was not measured
 * @param http the URL of its HTTP API, or the empty string
 * @param version the version of mabeam that it runs
 * @param beat counts up once a second; of two reports, that with the higher beat is newer
 * @param readOnly whether it had a lease and lost it, and so may not serve; in JSON only if it is so
 */
public record NodeInfo(
    String id,
    String name,
    long incarnation,
    NodeStatus status,
    List<String> capabilities,
    Capacity capacity,
    double load,
    int agentCount,
    String zone,
    long lastHeartbeat,
    double phi,
    long rttMicros,
    String http,
    String version,
    long beat,
    boolean readOnly) {

  public NodeInfo {
    capabilities = List.copyOf(capabilities);
  }

  /** One that serves. */
  public NodeInfo(
      String id,
      String name,
      long incarnation,
      NodeStatus status,
      List<String> capabilities,
      Capacity capacity,
      double load,
      int agentCount,
      String zone,
      long lastHeartbeat,
      double phi,
      long rttMicros,
      String http,
      String version,
      long beat) {
    this(
        id, name, incarnation, status, capabilities, capacity, load, agentCount, zone,
        lastHeartbeat, phi, rttMicros, http, version, beat, false);
  }

  /** The same node in another status. */
  public NodeInfo withStatus(NodeStatus status) {
    return observed(status, lastHeartbeat, phi, rttMicros);
  }

  /** The same node as an observer sees it. */
  NodeInfo observed(NodeStatus status, long lastHeartbeat, double phi, long rttMicros) {
    return new NodeInfo(
        id, name, incarnation, status, capabilities, capacity, load, agentCount, zone,
        lastHeartbeat, phi, rttMicros, http, version, beat, readOnly);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject()
        .put("id", id)
        .put("name", name)
        .put("incarnation", incarnation)
        .put("status", status.json())
        .put("capabilities", new JsonArray(capabilities))
        .put("capacity", capacity.toJson())
        .put("load", load)
        .put("agentCount", agentCount)
        .put("zone", zone)
        .put("lastHeartbeat", lastHeartbeat)
        .put("phi", phi)
        .put("rttMicros", rttMicros)
        .put("http", http)
        .put("version", version)
        .put("beat", beat);
    return readOnly ? json.put("readOnly", true) : json;
  }

  /**
   * The inverse of {@link #toJson()}: unknown keys are ignored, missing ones have a default.
   * INVALID if it has no id, name and incarnation, or a value of the wrong type.
   */
  public static NodeInfo fromJson(JsonObject json) {
    try {
      return new NodeInfo(
          Objects.requireNonNull(json.getString("id")),
          Objects.requireNonNull(json.getString("name")),
          json.getLong("incarnation"),
          NodeStatus.fromJson(json.getString("status")),
          strings(json.getJsonArray("capabilities", new JsonArray())),
          Capacity.fromJson(json.getJsonObject("capacity", new JsonObject())),
          json.getDouble("load", 0.0),
          json.getInteger("agentCount", 0),
          json.getString("zone", ""),
          json.getLong("lastHeartbeat", 0L),
          json.getDouble("phi", 0.0),
          json.getLong("rttMicros", 0L),
          json.getString("http", ""),
          json.getString("version", ""),
          json.getLong("beat", 0L),
          json.getBoolean("readOnly", false));
    } catch (ClassCastException | NullPointerException malformed) {
      throw new MabeamException(ErrorCode.INVALID, "this is no node: " + json.encode());
    }
  }

  /** As {@link #fromJson}, for what came from elsewhere: what cannot be read is logged. */
  static Optional<NodeInfo> read(JsonObject json) {
    try {
      return Optional.of(fromJson(json));
    } catch (MabeamException unreadable) {
      System.getLogger(NodeInfo.class.getName()).log(Level.DEBUG, unreadable.getMessage());
      return Optional.empty();
    }
  }

  private static List<String> strings(JsonArray array) {
    return array.stream().map(String.class::cast).toList();
  }
}
