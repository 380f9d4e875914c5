package dev.mabeam.link;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * Who rules on admissions, and numbers incarnations: a room above the link, since it is a decision
 * of the cluster. Every member has one, and it does not matter which of them is asked. Called on
 * the link's thread, with applicants that were alive at their address a moment ago.
 */
@FunctionalInterface
public interface Registrar {
  /** As long as nobody set another. */
  Registrar ABSENT =
      applicant -> Future.succeededFuture(new Ruling.Later("a seed is starting; it admits soon"));

  /** Rules on an application, a member whose incarnation is 0; always succeeds. */
  Future<Ruling> admit(Member applicant);

  /** What came of an application. */
  sealed interface Ruling {
    /**
     * The applicant is in.
     *
     * @param self the applicant with its incarnation
     * @param others the other members, oldest first
     */
    record Admitted(Member self, List<Member> others) implements Ruling {}

    /** The name is taken by a node that may be alive. */
    record Conflict(String message) implements Ruling {}

    /** It cannot be said now; ask again. */
    record Later(String why) implements Ruling {}
  }

  /** The form in which a ruling travels. */
  static JsonObject toJson(String clusterId, Ruling ruling) {
    if (ruling instanceof Ruling.Admitted in) {
      return new JsonObject()
          .put("ruling", "ADMITTED")
          .put("clusterId", clusterId)
          .put("self", in.self.toJson())
          .put("others", new JsonArray(in.others.stream().map(Member::toJson).toList()));
    }
    if (ruling instanceof Ruling.Conflict conflict) {
      return new JsonObject().put("ruling", "CONFLICT").put("message", conflict.message);
    }
    return new JsonObject().put("ruling", "LATER").put("why", ((Ruling.Later) ruling).why);
  }

  /** The inverse of {@link #toJson}; what this version does not know is "later". */
  static Ruling fromJson(JsonObject json) {
    return switch (json.getString("ruling", "")) {
      case "ADMITTED" ->
          new Ruling.Admitted(
              Member.fromJson(json.getJsonObject("self")),
              json.getJsonArray("others").stream()
                  .map(other -> Member.fromJson((JsonObject) other))
                  .toList());
      case "CONFLICT" -> new Ruling.Conflict(json.getString("message", "the name is taken"));
      default -> new Ruling.Later(json.getString("why", "the answer was not understood"));
    };
  }
}
