package dev.mabeam.verticle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeployRequestTest {
  @Test
  void shouldReadWhatItWrote() {
    DeployRequest full =
        new DeployRequest("com.acme.Echo", "echo", "n2", new JsonObject().put("a", 1));
    assertEquals(full, DeployRequest.fromJson(full.toJson()));
    DeployRequest least = DeployRequest.of("com.acme.Echo");
    assertEquals(least, DeployRequest.fromJson(least.toJson()));
    VerticleInfo info = new VerticleInfo("e", "com.acme.Echo", "n1#1", 7L, new JsonObject());
    assertEquals(info, VerticleInfo.fromJson(info.toJson().put("later", true)));
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"", "  "})
  void shouldRefuseARequestWithoutAClass(String className) {
    MabeamException refused =
        assertThrows(
            MabeamException.class, () -> new DeployRequest(className, null, null, null));
    assertEquals(ErrorCode.INVALID, refused.code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-x", "a b", "a/b", "ä", "a\n"})
  void shouldRefuseAnIdThatDoesNotFitIntoAUrl(String id) {
    MabeamException refused =
        assertThrows(MabeamException.class, () -> new DeployRequest("a.B", id, null, null));
    assertEquals(ErrorCode.INVALID, refused.code());
    assertThrows(
        MabeamException.class, () -> new DeployRequest("a.B", "x".repeat(129), null, null));
  }
}
