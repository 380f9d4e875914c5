package dev.mabeam.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

class HelloTest {
  private static final LinkAddress AT = new LinkAddress("10.0.0.2", 7802);
  private static final Member MEMBER = new Member("b", 3, AT, AT, AT, "boot", "store");
  private static final Hello HELLO =
      new Hello(Hello.PROTOCOL, Hello.LINK, "boot", "b", AT, "c1", MEMBER);

  @Test
  void shouldReadBackWhatItWrote() {
    assertEquals(HELLO, Hello.fromJson(HELLO.toJson()));
    Hello outside = new Hello(Hello.PROTOCOL, Hello.ASK, "boot", "b", AT, "", null);
    assertEquals(outside, Hello.fromJson(outside.toJson()));
  }

  @Test
  void shouldIgnoreKeysThatItDoesNotKnow() {
    JsonObject newer = HELLO.toJson().put("shoeSize", 44);
    newer.getJsonObject("member").put("colour", "blue");
    assertEquals("", Hello.incompatibility(newer));
    assertEquals(HELLO, Hello.fromJson(newer));
  }

  @Test
  void shouldTakeTheBootIdForTheStoreOfANodeThatNamesNone() {
    JsonObject older = HELLO.toJson();
    older.getJsonObject("member").remove("store");
    assertEquals("boot", Hello.fromJson(older).member().store());
  }

  @Test
  void shouldRefuseAnotherProtocolAndSayWhoSpeaksWhat() {
    String problem = Hello.incompatibility(HELLO.toJson().put("protocol", 2));
    assertTrue(problem.contains("'b' speaks link protocol 2 and this one speaks 1"), problem);
  }

  @Test
  void shouldRefuseWhatIsNoHello() {
    assertEquals("it is no mabeam link", Hello.incompatibility(new JsonObject()));
  }
}
