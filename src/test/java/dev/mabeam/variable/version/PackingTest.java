package dev.mabeam.variable.version;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.time.HybridTime;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PackingTest {
  private static final HybridTime STAMP = new HybridTime(1_790_000_000_000L, 70_000);

  @Test
  void shouldUnpackWhatWasPacked() {
    Siblings first = Siblings.first(new JsonObject());
    for (Object value :
        Arrays.asList(
            new JsonObject().put("value", 7),
            new JsonObject().putNull("value"),
            new JsonObject().put("value", "x").put("beside", 1),
            new JsonObject().put("bytes", "AAEC"),
            new JsonArray().add(1).add(new JsonObject().put("ü", List.of(1.5, true))),
            "text",
            null)) {
      shouldStay(first.write("5bd1e995", STAMP, value));
    }
  }

  @Test
  void shouldPackSiblingsAndDeletions() {
    Siblings one = Siblings.NONE.write("a", STAMP, 1);
    Siblings both = one.join(Siblings.NONE.write("b", STAMP.next(), 2));
    assertEquals(2, both.live().size());
    shouldStay(both);
    shouldStay(both.delete("c"));
    shouldStay(Siblings.NONE);
    shouldStay(both.without(Set.of(new Dot("a", 1))));
  }

  @Test
  void shouldLeaveWhatWouldComeBackAsSomethingElse() {
    Siblings odd = Siblings.NONE.write("a", STAMP, new JsonObject().put("at", 1.1f));
    assertNull(Packing.pack(odd, Packing.stores(odd)));
  }

  @Test
  void shouldBeSmall() {
    Siblings state =
        Siblings.first(new JsonObject().putNull("value"))
            .write("5bd1e9955bd1e995", STAMP, new JsonObject().put("value", 77_777));
    byte[] packed = Packing.pack(state, Packing.stores(state));
    assertTrue(packed.length <= 24, packed.length + " bytes");
  }

  private static void shouldStay(Siblings state) {
    List<String> stores = Packing.stores(state);
    assertEquals(state, Packing.unpack(Packing.pack(state, stores), stores));
  }
}
