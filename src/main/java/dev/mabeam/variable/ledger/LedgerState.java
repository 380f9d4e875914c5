package dev.mabeam.variable.ledger;

import dev.mabeam.variable.version.Dot;
import dev.mabeam.variable.version.Sibling;
import dev.mabeam.variable.version.Siblings;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What blocks make of a variable, with the hash of each value as its author wrote it: what a value
 * looks like when it is encoded again may depend on the platform.
 */
final class LedgerState {
  static final LedgerState NONE = new LedgerState(Siblings.NONE, Map.of());
  private static final int SEEN = 1;
  private static final int LIVE = 2;

  private final Siblings siblings;
  private final Map<Dot, Hash> values;

  private LedgerState(Siblings siblings, Map<Dot, Hash> values) {
    this.siblings = siblings;
    this.values = values;
  }

  Siblings siblings() {
    return siblings;
  }

  /** With the next write, of a block of that author; fails if it is not. */
  LedgerState with(Entry entry, String author) {
    entry.requireNext(siblings, author);
    Dot dot = new Dot(entry.storeIn(author), entry.n());
    Sibling sibling =
        entry.value() == null ? null : new Sibling(dot, entry.stamp(), decode(entry.value()));
    Siblings after =
        siblings.after(entry.seenAfter(siblings, author), sibling, entry.kept());
    Map<Dot, Hash> hashes = new TreeMap<>(values);
    if (sibling != null) {
      hashes.put(dot, hash(entry.value()));
    }
    hashes.keySet().retainAll(after.live().stream().map(Sibling::dot).toList());
    return new LedgerState(after, hashes);
  }

  LedgerState join(LedgerState other) {
    Siblings both = siblings.join(other.siblings);
    Map<Dot, Hash> kept = new TreeMap<>();
    for (Sibling sibling : both.live()) {
      Hash hash = values.get(sibling.dot());
      kept.put(sibling.dot(), hash != null ? hash : other.values.get(sibling.dot()));
    }
    return new LedgerState(both, kept);
  }

  private static Hash hash(byte[] value) {
    return Hash.in("mabeam/ledger/value/1", value);
  }

  /** The Merkle root over what was seen and what is live. */
  Hash root() {
    List<byte[]> leaves = new ArrayList<>();
    JsonObject seen = siblings.seen().toJson();
    for (Map.Entry<String, Object> each : seen) {
      long n = ((Number) each.getValue()).longValue();
      leaves.add(new Packer().u8(SEEN).text(each.getKey()).u64(n).done());
    }
    for (Sibling sibling : siblings.live()) {
      Dot dot = sibling.dot();
      leaves.add(
          new Packer()
              .u8(LIVE)
              .text(dot.store())
              .u64(dot.n())
              .time(sibling.stamp())
              .hash(values.get(dot))
              .done());
    }
    return Merkle.root(leaves);
  }

  static byte[] encode(Object value) {
    return Json.encodeToBuffer(value).getBytes();
  }

  private static Object decode(byte[] value) {
    try {
      return Json.decodeValue(Buffer.buffer(value));
    } catch (DecodeException malformed) {
      throw new Broken(Fault.Reason.MALFORMED, "a value that is no JSON");
    }
  }
}
