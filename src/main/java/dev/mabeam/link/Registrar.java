package dev.mabeam.link;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * Who decides on admissions, and numbers incarnations. Today that is the oldest connected member;
 * with consensus it becomes a decision, and nothing else here changes.
 */
interface Registrar {
  /** Rules on an application; always succeeds. */
  Future<Ruling> admit(Member applicant);

  /** Where applications go at the moment. */
  LinkAddress address();

  /** What came of an application. */
  sealed interface Ruling {
    /** The applicant is in, as {@code self}. */
    record Admitted(String clusterId, Member self, List<Member> others) implements Ruling {}

    /** Somebody else decides. */
    record Redirect(LinkAddress registrar) implements Ruling {}

    /** The name is taken by a node that is alive. */
    record Conflict(String message) implements Ruling {}

    /** It cannot be said now; ask again. */
    record Later(String why) implements Ruling {}

    default JsonObject toJson() {
      if (this instanceof Admitted in) {
        JsonArray others = new JsonArray(in.others.stream().map(Member::toJson).toList());
        return new JsonObject()
            .put("ruling", "ADMITTED")
            .put("clusterId", in.clusterId)
            .put("self", in.self.toJson())
            .put("others", others);
      }
      if (this instanceof Redirect elsewhere) {
        return new JsonObject()
            .put("ruling", "REDIRECT")
            .put("registrar", elsewhere.registrar.toString());
      }
      if (this instanceof Conflict conflict) {
        return new JsonObject().put("ruling", "CONFLICT").put("message", conflict.message);
      }
      return new JsonObject().put("ruling", "LATER").put("why", ((Later) this).why);
    }

    /** The inverse of {@link #toJson()}; what this version does not know is "later". */
    static Ruling fromJson(JsonObject json) {
      return switch (json.getString("ruling", "")) {
        case "ADMITTED" ->
            new Admitted(
                json.getString("clusterId"),
                Member.fromJson(json.getJsonObject("self")),
                json.getJsonArray("others").stream()
                    .map(other -> Member.fromJson((JsonObject) other))
                    .toList());
        case "REDIRECT" -> new Redirect(LinkAddress.parse(json.getString("registrar")));
        case "CONFLICT" -> new Conflict(json.getString("message", "the name is taken"));
        default -> new Later(json.getString("why", "the answer was not understood"));
      };
    }
  }
}
