package dev.mabeam.variable.sync;

import dev.mabeam.variable.ledger.Block;
import dev.mabeam.variable.ledger.Certificate;
import dev.mabeam.variable.ledger.Chain;
import dev.mabeam.variable.ledger.Hash;
import dev.mabeam.variable.version.Siblings;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;

/** How blocks travel: hashes in hexadecimal digits, blocks and certificates in base 64. */
final class Blocks {
  /** How many bytes of blocks stand in for a state that is pushed. */
  private static final int RECENT_BYTES = 16 << 10;

  private static final int MOST_BYTES = 192 << 10;

  private Blocks() {}

  /**
   * What is pushed in place of a state: what it has seen, the heads, and the newest blocks; of what
   * the variable holds only what follows from blocks.
   */
  static JsonObject of(Siblings state, Chain chain) {
    return new JsonObject()
        .put("seen", state.seen().toJson())
        .put("live", new JsonArray())
        .put(
            "ledger",
            new JsonObject()
                .put("heads", hashes(chain.heads()))
                .put("blocks", blocks(chain.recent(RECENT_BYTES))));
  }

  static JsonArray hashes(Collection<Hash> hashes) {
    return new JsonArray(hashes.stream().map(Hash::toString).toList());
  }

  static List<Hash> hashes(JsonObject json, String key) {
    return Messages.names(json, key).stream().map(Hash::parse).toList();
  }

  static JsonArray blocks(Collection<Block> blocks) {
    return new JsonArray(blocks.stream().map(block -> encoded(block.encode())).toList());
  }

  static List<Block> blocks(JsonObject json) {
    return Messages.names(json, "blocks").stream()
        .map(each -> Block.decode(decoded(each)))
        .toList();
  }

  static String encoded(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  static byte[] decoded(String text) {
    return Base64.getDecoder().decode(text);
  }

  static Certificate certificate(JsonObject json) {
    return Certificate.decode(decoded(json.getString("certificate")));
  }

  /** As many of {@code all} as one message carries, from the first on, and whether that is not all. */
  static JsonObject some(List<Block> all) {
    List<Block> some = new ArrayList<>();
    long bytes = 0;
    for (Block each : all) {
      bytes += each.encode().length;
      if (bytes > MOST_BYTES && !some.isEmpty()) {
        break;
      }
      some.add(each);
    }
    return new JsonObject().put("blocks", blocks(some)).put("more", some.size() < all.size());
  }
}
