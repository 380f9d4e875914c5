package dev.mabeam.link;

import io.vertx.core.json.JsonObject;

/**
 * The first frame of each side of a connection: who is there.
 *
 * @param protocol the version of the link's protocol; the two have to be equal
 * @param purpose {@link #LINK} for the lasting connection of two members, {@link #ASK} for
 *     questions of a node that looks for its cluster, and for probes, {@link #COURIER} for what the
 *     rooms above the link say
 * @param clusterId empty if the node is in none yet
 * @param member null if the node is in no cluster yet
 */
record Hello(
    int protocol,
    String purpose,
    String bootId,
    String name,
    LinkAddress link,
    String clusterId,
    Member member) {
  static final int PROTOCOL = 1;
  static final String LINK = "link";
  static final String ASK = "ask";
  static final String COURIER = "courier";

  JsonObject toJson() {
    return new JsonObject()
        .put("protocol", protocol)
        .put("purpose", purpose)
        .put("bootId", bootId)
        .put("name", name)
        .put("link", link.toString())
        .put("clusterId", clusterId)
        .put("member", member == null ? null : member.toJson());
  }

  /** The inverse of {@link #toJson()}; ignores keys that this version does not know. */
  static Hello fromJson(JsonObject json) {
    JsonObject member = json.getJsonObject("member");
    return new Hello(
        json.getInteger("protocol"),
        json.getString("purpose", ASK),
        json.getString("bootId", ""),
        json.getString("name", ""),
        LinkAddress.parse(json.getString("link", "?")),
        json.getString("clusterId", ""),
        member == null ? null : Member.fromJson(member));
  }

  /** What is wrong with {@code other}, or the empty string if the two can talk. */
  static String incompatibility(JsonObject other) {
    Integer protocol = other.getInteger("protocol");
    if (protocol == null) {
      return "it is no mabeam link";
    }
    return protocol == PROTOCOL
        ? ""
        : "node '" + other.getString("name", "?") + "' speaks link protocol " + protocol
            + " and this one speaks " + PROTOCOL + "; run the same version on both";
  }
}
