package dev.mabeam.variable.version;

import dev.mabeam.link.Packer;
import dev.mabeam.link.Unpacker;
import dev.mabeam.time.HybridTime;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link Siblings} that nobody looks at, in a small part of the memory: numbers, and values as they
 * are encoded. The ids of the stores are not among it: they are few, and shared by all that have the
 * same. What is packed never leaves the process.
 *
 * <pre>
 *   (number of the newest write)   for each store, in their order
 *   (2 × the store's place, + 1 if only what is called "value" follows) (n) (millis) (counter) (value)
 * </pre>
 */
public final class Packing {
  private static final String VALUE = "value";

  private Packing() {}

  /** Of which stores it has something, in the order in which they are packed. */
  public static List<String> stores(Siblings siblings) {
    return siblings.seen().order();
  }

  /** Null if what is unpacked would not be equal. */
  public static byte[] pack(Siblings siblings, List<String> stores) {
    Packer to = new Packer();
    for (String store : stores) {
      to.number(siblings.seen().of(store));
    }
    for (Sibling sibling : siblings.live()) {
      int place = stores.indexOf(sibling.dot().store());
      if (place < 0) {
        return null;
      }
      boolean whole =
          sibling.value() instanceof JsonObject object
              && object.size() == 1
              && object.containsKey(VALUE);
      Object value = whole ? ((JsonObject) sibling.value()).getValue(VALUE) : sibling.value();
      to.number(2L * place + (whole ? 1 : 0))
          .number(sibling.dot().n())
          .number(sibling.stamp().millis())
          .number(sibling.stamp().counter())
          .bytes(Json.encodeToBuffer(value));
    }
    byte[] packed = to.buffer().getBytes();
    return unpack(packed, stores).equals(siblings) ? packed : null;
  }

  public static Siblings unpack(byte[] packed, List<String> stores) {
    Unpacker from = new Unpacker(Buffer.buffer(packed));
    long[] newest = new long[stores.size()];
    for (int i = 0; i < newest.length; i++) {
      newest[i] = from.number();
    }
    List<Sibling> live = new ArrayList<>(1);
    while (!from.done()) {
      int place = (int) from.number();
      Dot dot = new Dot(stores.get(place / 2), from.number());
      HybridTime stamp = new HybridTime(from.number(), from.number());
      Object value = Json.decodeValue(from.bytes());
      live.add(
          new Sibling(dot, stamp, place % 2 == 0 ? value : new JsonObject().put(VALUE, value)));
    }
    return new Siblings(
        new VersionVector(stores.toArray(String[]::new), newest), live.toArray(Sibling[]::new));
  }
}
