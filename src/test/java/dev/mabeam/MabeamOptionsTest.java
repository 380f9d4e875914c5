package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MabeamOptionsTest {
  @Test
  void shouldReadBackWhatItWrites() {
    MabeamOptions options =
        new MabeamOptions()
            .setName("n1")
            .setSeeds(List.of("127.0.0.1:7802"))
            .setBootstrap(true)
            .setDiscovery("dns:nodes.example")
            .setBootstrapExpect(3)
            .setDrainTimeout(Duration.ofMillis(700))
            .setJoinTimeout(Duration.ofSeconds(5))
            .setBind("127.0.0.2")
            .setGridPort(1)
            .setBusPort(2)
            .setLinkPort(3)
            .setHttpHost("0.0.0.0")
            .setHttpPort(4)
            .setCapabilities(List.of("gpu"))
            .setZone("z")
            .setMemoryMb(5)
            .setCpuWeight(1.5)
            .setClassPath(List.of("a.jar"))
            .setAllow(List.of("x.*"))
            .setToken("secret")
            .setConfigDir("conf")
            .setDataDir("data")
            .setForgetCluster(true)
            .setWitness(true)
            .setTopology("mesh")
            .setShownVariables(5);
    JsonObject json = options.toJson();
    assertEquals(json, new MabeamOptions(json).toJson());
    assertEquals(json, new MabeamOptions(options).toJson());
    JsonObject defaults = new MabeamOptions().toJson();
    for (String key : json.fieldNames()) {
      assertTrue(!json.getValue(key).equals(defaults.getValue(key)), key + " is not set above");
    }
  }

  @Test
  void shouldNameAnUnknownKey() {
    MabeamException refused =
        assertThrows(
            MabeamException.class, () -> new MabeamOptions(new JsonObject().put("prot", 1)));
    assertEquals(ErrorCode.INVALID, refused.code());
    assertEquals("unknown option prot", refused.getMessage());
  }

  @Test
  void shouldRefuseAValueOfTheWrongType() {
    JsonObject json = new JsonObject().put("seeds", new JsonArray().add(1));
    assertEquals(
        ErrorCode.INVALID,
        assertThrows(MabeamException.class, () -> new MabeamOptions(json)).code());
    JsonObject port = new JsonObject().put("gridPort", "many");
    assertEquals(
        ErrorCode.INVALID,
        assertThrows(MabeamException.class, () -> new MabeamOptions(port)).code());
  }

  static List<Consumer<MabeamOptions>> wrong() {
    return List.of(
        options -> options.setGridPort(0),
        options -> options.setGridPort(65_532),
        options -> options.setBusPort(-1),
        options -> options.setLinkPort(65_536),
        options -> options.setHttpPort(-2),
        options -> options.setTopology("tree"),
        options -> options.setZone(" "),
        options -> options.setCapabilities(List.of("gpu", "a b")),
        options -> options.setMemoryMb(-1),
        options -> options.setShownVariables(-1),
        options -> options.setCpuWeight(Double.NaN),
        options -> options.setBootstrapExpect(-1),
        options -> options.setJoinTimeout(Duration.ZERO));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void shouldRefuseAValueThatCanNeverBeRight(Consumer<MabeamOptions> set) {
    MabeamOptions options = new MabeamOptions();
    MabeamException refused = assertThrows(MabeamException.class, () -> set.accept(options));
    assertEquals(ErrorCode.INVALID, refused.code());
    assertEquals(new MabeamOptions().toJson(), options.toJson());
    assertTrue(!refused.hint().isEmpty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a#1", "a/b", "ä"})
  void shouldRefuseANameThatCannotBeAnId(String name) {
    assertThrows(MabeamException.class, () -> new MabeamOptions().setName(name));
  }
}
