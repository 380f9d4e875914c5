package dev.mabeam.link;

import io.vertx.core.json.JsonObject;

/**
 * A node that was admitted to the cluster: one stay of it.
 *
 * @param incarnation its number in the cluster, by admission; a node that comes back gets a new one
 * @param link where its link listens
 * @param grid where its JGroups channel listens
 * @param bus where its event bus listens
 * @param bootId random, made when its process (more exactly: its {@link Link}) started
 * @param store names what it keeps for others: its data directory, or the memory of its process
 */
public record Member(
    String name,
    long incarnation,
    LinkAddress link,
    LinkAddress grid,
    LinkAddress bus,
    String bootId,
    String store)
    implements Comparable<Member> {

  /** One whose store lasts as long as {@code bootId} does. */
  public Member(
      String name,
      long incarnation,
      LinkAddress link,
      LinkAddress grid,
      LinkAddress bus,
      String bootId) {
    this(name, incarnation, link, grid, bus, bootId, bootId);
  }

  /** {@code <name>#<incarnation>}, the node's id everywhere. */
  public String id() {
    return name + "#" + incarnation;
  }

  /** The same node under another number. */
  public Member as(long number) {
    return new Member(name, number, link, grid, bus, bootId, store);
  }

  /** Whether this one was admitted before {@code other}, or is taken to have been. */
  public boolean olderThan(Member other) {
    return compareTo(other) < 0;
  }

  /** By incarnation; by name where two sides of a cut gave the same number. */
  @Override
  public int compareTo(Member other) {
    int byIncarnation = Long.compare(incarnation, other.incarnation);
    return byIncarnation != 0 ? byIncarnation : name.compareTo(other.name);
  }

  /** The form that travels; addresses as {@code host:port}. */
  public JsonObject toJson() {
    return new JsonObject()
        .put("name", name)
        .put("incarnation", incarnation)
        .put("link", link.toString())
        .put("grid", grid.toString())
        .put("bus", bus.toString())
        .put("bootId", bootId)
        .put("store", store);
  }

  /** The inverse of {@link #toJson()}; ignores keys that this version does not know. */
  public static Member fromJson(JsonObject json) {
    return new Member(
        json.getString("name"),
        json.getLong("incarnation"),
        LinkAddress.parse(json.getString("link")),
        LinkAddress.parse(json.getString("grid")),
        LinkAddress.parse(json.getString("bus")),
        json.getString("bootId"),
        json.getString("store", json.getString("bootId")));
  }
}
