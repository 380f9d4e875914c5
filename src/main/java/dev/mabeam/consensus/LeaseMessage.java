package dev.mabeam.consensus;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What nodes, voters and the leader say to each other about leases and expulsions. */
sealed interface LeaseMessage {
  int VERSION = 1;

  byte type();

  JsonObject toJson();

  default Buffer encode() {
    return toJson().put("v", VERSION).toBuffer();
  }

  /** Null for a type that is none of these. */
  static LeaseMessage decode(byte type, Buffer payload) {
    return switch (type) {
      case FrameType.LEASE_REQUEST -> Request.fromJson(payload.toJsonObject());
      case FrameType.LEASE_CONFIRM -> Answer.fromJson(payload.toJsonObject());
      case FrameType.PROMISE -> Ask.fromJson(payload.toJsonObject());
      case FrameType.PROMISED -> Promised.fromJson(payload.toJsonObject());
      default -> null;
    };
  }

  /**
   * A node asks one voter to confirm it, and says how it is.
   *
   * @param round counts the times that it asked
   * @param voter the endpoint that is meant
   * @param held whether it held the lease when it sent this
   * @param endpoint the endpoint whose log the node keeps; empty if it keeps none
   */
  record Request(
      String node, long round, String voter, boolean held, String endpoint, Traits traits)
      implements LeaseMessage {
    @Override
    public byte type() {
      return FrameType.LEASE_REQUEST;
    }

    @Override
    public JsonObject toJson() {
      return new JsonObject()
          .put("node", node)
          .put("round", round)
          .put("voter", voter)
          .put("held", held)
          .put("endpoint", endpoint)
          .put("traits", traits.toJson());
    }

    static Request fromJson(JsonObject json) {
      return new Request(
          json.getString("node"),
          json.getLong("round"),
          json.getString("voter"),
          json.getBoolean("held", false),
          json.getString("endpoint", ""),
          Traits.fromJson(json.getJsonObject("traits", new JsonObject())));
    }
  }

  /** What a voter answers a node. */
  enum Verdict {
    CONFIRMED,
    /** Not now: the voter has just started, does not know the node yet, or promised not to. */
    REFUSED,
    /** The node is no member any more, by decision. */
    GONE
  }

  /**
   * @param configuration the index of the configuration that the voter goes by
   */
  record Answer(String node, long round, String voter, Verdict verdict, long configuration)
      implements LeaseMessage {
    @Override
    public byte type() {
      return FrameType.LEASE_CONFIRM;
    }

    @Override
    public JsonObject toJson() {
      return new JsonObject()
          .put("node", node)
          .put("round", round)
          .put("voter", voter)
          .put("verdict", verdict.name())
          .put("configuration", configuration);
    }

    static Answer fromJson(JsonObject json) {
      return new Answer(
          json.getString("node"),
          json.getLong("round"),
          json.getString("voter"),
          verdict(json.getString("verdict", "")),
          json.getLong("configuration"));
    }

    /** One that this version does not know is no confirmation. */
    private static Verdict verdict(String name) {
      return switch (name) {
        case "CONFIRMED" -> Verdict.CONFIRMED;
        case "GONE" -> Verdict.GONE;
        default -> Verdict.REFUSED;
      };
    }
  }

  /**
   * Whom the leader of a term is about to expel.
   *
   * @param version grows with every change in that term
   * @param floor up to where the leader had applied the log when it said so
   */
  record Roll(int term, long version, long floor, Set<String> nodes) {
    public Roll {
      nodes = Set.copyOf(nodes);
    }

    /** Whether it was made before {@code other}. */
    boolean olderThan(Roll other) {
      return term != other.term ? term < other.term : version < other.version;
    }

    JsonObject toJson() {
      return new JsonObject()
          .put("term", term)
          .put("version", version)
          .put("floor", floor)
          .put("nodes", new JsonArray(new TreeSet<>(nodes).stream().toList()));
    }

    static Roll fromJson(JsonObject json) {
      Set<String> nodes = new TreeSet<>();
      json.getJsonArray("nodes", new JsonArray()).forEach(node -> nodes.add((String) node));
      return new Roll(
          json.getInteger("term"), json.getLong("version"), json.getLong("floor"), nodes);
    }
  }

  /**
   * The leader shows one voter its roll.
   *
   * @param life which life of the voter has been heard of last; empty if none has
   */
  record Ask(String voter, String life, Roll roll) implements LeaseMessage {
    @Override
    public byte type() {
      return FrameType.PROMISE;
    }

    @Override
    public JsonObject toJson() {
      return new JsonObject().put("voter", voter).put("life", life).put("roll", roll.toJson());
    }

    static Ask fromJson(JsonObject json) {
      return new Ask(
          json.getString("voter"),
          json.getString("life", ""),
          Roll.fromJson(json.getJsonObject("roll")));
    }
  }

  /**
   * A voter has promised to confirm these nodes no more.
   *
   * @param term of the roll that it answers, and so is {@code version}
   * @param nodes and how many milliseconds ago it confirmed each last, at least
   */
  record Promised(String voter, String life, int term, long version, Map<String, Long> nodes)
      implements LeaseMessage {
    public Promised {
      nodes = Map.copyOf(nodes);
    }

    @Override
    public byte type() {
      return FrameType.PROMISED;
    }

    @Override
    public JsonObject toJson() {
      JsonObject ago = new JsonObject();
      new TreeMap<>(nodes).forEach(ago::put);
      return new JsonObject()
          .put("voter", voter)
          .put("life", life)
          .put("term", term)
          .put("version", version)
          .put("nodes", ago);
    }

    static Promised fromJson(JsonObject json) {
      Map<String, Long> nodes = new TreeMap<>();
      JsonObject ago = json.getJsonObject("nodes", new JsonObject());
      ago.forEach(entry -> nodes.put(entry.getKey(), ago.getLong(entry.getKey())));
      return new Promised(
          json.getString("voter"),
          json.getString("life"),
          json.getInteger("term"),
          json.getLong("version"),
          nodes);
    }
  }
}
