package dev.mabeam.variable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ValuesTest {
  private static final List<Object> VALUES =
      Arrays.asList(
          null, true, false, 0, -1, Integer.MIN_VALUE, Long.MIN_VALUE, 1.5, -1.7976931348623157e308,
          1f / 3, new BigDecimal("1.25"), "", "text", "\u0000\u0001\"\\", "ü€𝄞", new JsonObject(),
          new JsonArray(), new JsonArray().addNull().add(1).add("x"),
          new JsonObject().put("a", new JsonObject().putNull("\n")).put("b", List.of(1, 2)),
          Map.of("k", Map.of("l", "m")));

  @Test
  void shouldNeverTakeAValueForShorterThanItIs() {
    for (Object value : VALUES) {
      int bytes = Json.encodeToBuffer(value).length();
      assertTrue(Values.atMost(value) >= bytes, Json.encode(value) + " has " + bytes);
    }
  }

  @Test
  void shouldGiveWhatEveryOtherNodeWillHave() {
    for (Object value : VALUES) {
      Object checked = Values.checked("v", value);
      assertEquals(Json.encode(value), Json.encode(checked));
      assertEquals(Json.encode(checked), Json.encode(Values.checked("v", checked)));
    }
  }

  @Test
  void shouldPackTextAsJsonHasIt() {
    for (char each = 0; each < 0x300; each++) {
      String text = "a" + each + "b";
      Values.Packed packed = Values.Packed.of(text);
      assertEquals(Json.encodeToBuffer(text), packed.bytes());
      assertEquals(text, packed.value());
    }
  }
}
