package dev.mabeam.variable.ledger;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What was found when a chain was checked. What is said of it is of what comes before the fault.
 *
 * @param variable empty if not even the first block could be read
 * @param blocks how many blocks hold
 * @param height of the highest of these
 * @param certified how far a majority of the replicas has countersigned it
 * @param rosters the hashes of the replica sets whose keys were trusted, the first set first: whoever
 *     knows the true ones compares
 * @param evidence what shows that stores have signed two things of which they may sign one
 * @param fault the first thing that is wrong, if anything is
 */
public record Verdict(
    String variable,
    long life,
    long blocks,
    long height,
    Optional<Checkpoint> certified,
    List<Hash> rosters,
    List<Evidence> evidence,
    Optional<Fault> fault) {
  public boolean holds() {
    return fault.isEmpty();
  }

  /** For people and programs: the keys are stable. */
  public JsonObject toJson() {
    return new JsonObject()
        .put("name", variable)
        .put("life", life)
        .put("holds", holds())
        .put("blocks", blocks)
        .put("height", height)
        .put("certifiedHeight", certifiedHeight())
        .put("checkpoint", certified.map(Checkpoint::toString).orElse(null))
        .put("rosters", new JsonArray(rosters.stream().map(Hash::toString).toList()))
        .put("evidence", evidence.size())
        .put("fault", fault.map(Verdict::toJson).orElse(null));
  }

  private static JsonObject toJson(Fault fault) {
    return new JsonObject()
        .put("reason", fault.reason().name().toLowerCase(Locale.ROOT))
        .put("height", fault.height())
        .put("block", fault.block())
        .put("text", fault.text());
  }

  /** -1 if nothing is certified. */
  public long certifiedHeight() {
    return certified.map(Checkpoint::height).orElse(-1L);
  }
}
