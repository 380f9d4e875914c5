package dev.mabeam.migration;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Moves, as one node or all of them show them.
 *
 * @param running under way
 * @param waiting those that others are before, the first ones
 * @param queued how many wait, shown or not
 * @param recent the newest that have ended, the newest first
 * @param drains of nodes that are being drained, or were and have not been given agents again
 */
public record MigrationList(
    List<Move> running, List<Move> waiting, int queued, List<Move> recent, List<Drained> drains) {
  /** How many of those that ended a node remembers, and the whole list shows. */
  static final int RECENT = 50;
  /** How many of those that wait a node shows. */
  static final int WAITING = 100;

  public MigrationList {
    running = List.copyOf(running);
    waiting = List.copyOf(waiting);
    recent = List.copyOf(recent);
    drains = List.copyOf(drains);
  }

  /** {@code Migrations} of the HTTP contract. */
  public JsonObject toJson() {
    return new JsonObject()
        .put("running", array(running))
        .put("waiting", array(waiting))
        .put("queued", queued)
        .put("recent", array(recent))
        .put("drains", new JsonArray(drains.stream().map(Drained::toJson).toList()));
  }

  private static JsonArray array(List<Move> moves) {
    return new JsonArray(moves.stream().map(Move::toJson).toList());
  }

  static MigrationList fromJson(JsonObject json) {
    return new MigrationList(
        moves(json, "running"),
        moves(json, "waiting"),
        json.getInteger("queued", 0),
        moves(json, "recent"),
        json.getJsonArray("drains", new JsonArray()).stream()
            .map(JsonObject.class::cast)
            .map(Drained::fromJson)
            .toList());
  }

  private static List<Move> moves(JsonObject json, String key) {
    return json.getJsonArray(key, new JsonArray()).stream()
        .map(JsonObject.class::cast)
        .map(Move::fromJson)
        .toList();
  }

  /** What all nodes show, together. */
  static MigrationList together(Collection<MigrationList> lists) {
    List<Move> running = new ArrayList<>();
    List<Move> waiting = new ArrayList<>();
    List<Move> recent = new ArrayList<>();
    List<Drained> drains = new ArrayList<>();
    int queued = 0;
    for (MigrationList list : lists) {
      running.addAll(list.running());
      waiting.addAll(list.waiting());
      recent.addAll(list.recent());
      drains.addAll(list.drains());
      queued += list.queued();
    }
    running.sort(Comparator.comparingLong(Move::at).thenComparing(Move::agent));
    waiting.sort(Comparator.comparingLong(Move::at).thenComparing(Move::agent));
    recent.sort(Comparator.comparingDouble((Move move) -> move.at() + move.ms()).reversed());
    drains.sort(Comparator.comparing(Drained::node));
    return new MigrationList(
        running, waiting, queued, recent.subList(0, Math.min(RECENT, recent.size())), drains);
  }
}
