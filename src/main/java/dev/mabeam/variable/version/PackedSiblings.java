package dev.mabeam.variable.version;

import dev.mabeam.link.Packer;
import dev.mabeam.link.Unpacker;
import dev.mabeam.time.HybridTime;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link Siblings} that nobody looks at, in a small part of the memory: numbers, and values as they
 * are encoded. The ids of the stores are few, and shared by all that have the same. Immutable; never
 * leaves the process.
 */
public final class PackedSiblings {
  /** Those of the version vector. */
  private final String[] stores;
  private final byte[] packed;

  private PackedSiblings(String[] stores, byte[] packed) {
    this.stores = stores;
    this.packed = packed;
  }

  /** Null if they would not be the same when they are unpacked. */
  public static PackedSiblings of(Siblings siblings) {
    String[] stores = siblings.seen().sharedStores();
    Packer to = new Packer();
    for (String store : stores) {
      to.number(siblings.seen().of(store));
    }
    for (Sibling sibling : siblings.live()) {
      int place = 0;
      while (place < stores.length && !stores[place].equals(sibling.dot().store())) {
        place++;
      }
      if (place == stores.length) {
        return null;
      }
      to.number(place)
          .number(sibling.dot().n())
          .number(sibling.stamp().millis())
          .number(sibling.stamp().counter())
          .bytes(Json.encodeToBuffer(sibling.value()));
    }
    PackedSiblings packed = new PackedSiblings(stores, to.buffer().getBytes());
    return packed.unpacked().equals(siblings) ? packed : null;
  }

  public Siblings unpacked() {
    Unpacker from = new Unpacker(Buffer.buffer(packed));
    long[] newest = new long[stores.length];
    for (int i = 0; i < newest.length; i++) {
      newest[i] = from.number();
    }
    List<Sibling> live = new ArrayList<>(1);
    while (!from.done()) {
      Dot dot = new Dot(stores[(int) from.number()], from.number());
      HybridTime stamp = new HybridTime(from.number(), from.number());
      live.add(new Sibling(dot, stamp, Json.decodeValue(from.bytes())));
    }
    return new Siblings(new VersionVector(stores, newest), live.toArray(Sibling[]::new));
  }
}
