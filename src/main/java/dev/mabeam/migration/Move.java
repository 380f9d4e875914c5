package dev.mabeam.migration;

import dev.mabeam.error.MabeamException;
import io.vertx.core.json.JsonObject;
import java.util.Locale;

/**
 * One move of an agent, as it is shown.
 *
 * @param from the id of the node that it leaves, and which carries the move out
 * @param to the id of the node that it goes to
 * @param at when the move was asked for, in milliseconds since 1970 by the clock of {@code from}
 * @param ms how long it has been under way, or was
 * @param epoch the agent's new one, once that is decided; 0 before
 * @param bytes of its state
 * @param error why it came to nothing; null if it did not
 */
public record Move(
    String agent,
    String from,
    String to,
    Stage stage,
    long at,
    double ms,
    long epoch,
    long bytes,
    Phases phases,
    MabeamException error) {

  /** How far a move is. */
  public enum Stage {
    /** Others are first. */
    WAITING,
    RESERVE,
    PAUSE,
    TRANSFER,
    FLIP,
    FILL,
    /** The agent takes messages at the target. */
    DONE,
    /** The agent goes on where it was, or, after the decision, is recovered. */
    FAILED;

    public String json() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** A word that only a newer version knows is a move under way. */
    static Stage fromJson(String word) {
      for (Stage stage : values()) {
        if (stage.json().equals(word)) {
          return stage;
        }
      }
      return RESERVE;
    }

    /** Whether a move ends with it. */
    public boolean last() {
      return this == DONE || this == FAILED;
    }
  }

  /** {@code Move} of the HTTP contract, and the form that travels. */
  public JsonObject toJson() {
    JsonObject json =
        new JsonObject()
            .put("agent", agent)
            .put("from", from)
            .put("to", to)
            .put("stage", stage.json())
            .put("at", at)
            .put("ms", ms)
            .put("epoch", epoch)
            .put("bytes", bytes)
            .put("phases", phases.toJson());
    return error == null ? json : json.put("error", error.toJson());
  }

  /** The inverse of {@link #toJson}; ignores keys that this version does not know. */
  static Move fromJson(JsonObject json) {
    JsonObject error = json.getJsonObject("error");
    return new Move(
        json.getString("agent"),
        json.getString("from"),
        json.getString("to"),
        Stage.fromJson(json.getString("stage")),
        json.getLong("at", 0L),
        json.getDouble("ms", 0.0),
        json.getLong("epoch", 0L),
        json.getLong("bytes", 0L),
        Phases.fromJson(json.getJsonObject("phases", new JsonObject())),
        error == null ? null : MabeamException.fromJson(error));
  }
}
