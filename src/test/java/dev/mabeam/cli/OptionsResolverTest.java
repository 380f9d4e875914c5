package dev.mabeam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.MabeamOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OptionsResolverTest {
  @TempDir Path directory;

  @Test
  void shouldPreferFlagsToEnvironmentToFileToDefaults() throws IOException {
    Path file = file("{\"name\":\"file\",\"zone\":\"file\",\"gridPort\":1,\"busPort\":9}");
    MabeamOptions options =
        resolve(
            new JsonObject().put("name", "flag"),
            Map.of("MABEAM_NAME", "env", "MABEAM_ZONE", "env"),
            file);

    assertEquals("flag", options.getName());
    assertEquals("env", options.getZone());
    assertEquals(1, options.getGridPort());
    assertEquals(9, options.getBusPort());
    assertEquals(MabeamOptions.DEFAULT_LINK_PORT, options.getLinkPort());
  }

  @Test
  void shouldReadTheVariablesOfTheOriginalDesign() {
    MabeamOptions options =
        resolve(
            new JsonObject(),
            Map.of(
                "NODE_NAME", "mabeam1@mabeam-node-1",
                "CLUSTER_NODES", "mabeam1@mabeam-node-1,mabeam2@mabeam-node-2:9000, third:1"),
            null);

    assertEquals("mabeam1@mabeam-node-1", options.getName());
    assertEquals("mabeam-node-1", options.getBind());
    assertEquals(
        List.of("mabeam-node-1:7802", "mabeam-node-2:9000", "third:1"), options.getSeeds());
  }

  @Test
  void shouldPreferOurOwnVariablesToThoseOfTheOriginalDesign() {
    MabeamOptions options =
        resolve(
            new JsonObject(),
            Map.of("NODE_NAME", "a@h", "MABEAM_NAME", "b", "MABEAM_BIND", "127.0.0.1"),
            null);

    assertEquals("b", options.getName());
    assertEquals("127.0.0.1", options.getBind());
  }

  @Test
  void shouldReadEveryTypeOfOptionFromTheEnvironment() {
    MabeamOptions options =
        resolve(
            new JsonObject(),
            Map.of(
                "MABEAM_SEEDS", "a:1, b:2",
                "MABEAM_BOOTSTRAP", "true",
                "MABEAM_HTTP_PORT", "0",
                "MABEAM_CPU_WEIGHT", "1.5",
                "MABEAM_JOIN_TIMEOUT_MS", "1500"),
            null);

    assertEquals(List.of("a:1", "b:2"), options.getSeeds());
    assertTrue(options.isBootstrap());
    assertEquals(0, options.getHttpPort());
    assertEquals(1.5, options.getCpuWeight());
    assertEquals(Duration.ofMillis(1500), options.getJoinTimeout());
  }

  @Test
  void shouldTakeDiscovery() {
    for (String discovery : List.of("kubernetes", "multicast", "dns:nodes.example")) {
      assertEquals(
          discovery,
          resolve(new JsonObject(), Map.of("CLUSTER_DISCOVERY", discovery), null).getDiscovery());
    }
  }

  @Test
  void shouldLookUpTheOneNameOfTheClustersNodes() {
    MabeamOptions options =
        resolve(
            new JsonObject(),
            Map.of("CLUSTER_DISCOVERY", "dns", "CLUSTER_NODES", "mabeam@nodes.example:7812"),
            null);
    assertEquals("dns:nodes.example:7812", options.getDiscovery());
    assertEquals(List.of(), options.getSeeds());
    assertEquals(
        ExitCodes.CONFIGURATION,
        fails(
                new JsonObject(),
                Map.of("CLUSTER_DISCOVERY", "dns", "CLUSTER_NODES", "a@x,b@y"),
                null)
            .exitCode());
  }

  @Test
  void shouldIgnoreWhatKubernetesSetsForAServiceOfThatName() {
    MabeamOptions options =
        resolve(new JsonObject(), Map.of("MABEAM_HTTP_PORT", "tcp://10.0.0.1:80"), null);

    assertEquals(MabeamOptions.DEFAULT_HTTP_PORT, options.getHttpPort());
  }

  @Test
  void shouldSayWhichSourceIsWrongAndExitAccordingly() throws IOException {
    Path typo = file("{\"nmae\":\"x\"}");
    CliException inFile = fails(new JsonObject(), Map.of(), typo);
    assertEquals(ExitCodes.CONFIGURATION, inFile.exitCode());
    assertTrue(inFile.getMessage().contains(typo.toString()), inFile.getMessage());
    assertTrue(inFile.getMessage().contains("nmae"), inFile.getMessage());

    CliException inEnvironment = fails(new JsonObject(), Map.of("MABEAM_GRID_PORT", "x"), null);
    assertEquals(ExitCodes.CONFIGURATION, inEnvironment.exitCode());
    assertTrue(inEnvironment.getMessage().contains("MABEAM_GRID_PORT"), inEnvironment.getMessage());

    CliException inFlags = fails(new JsonObject().put("name", "not valid"), Map.of(), null);
    assertEquals(ExitCodes.USAGE, inFlags.exitCode());
    assertTrue(inFlags.getMessage().contains("not valid"), inFlags.getMessage());
  }

  @Test
  void shouldRefuseAFileThatIsNotThereOrNoJson() throws IOException {
    CliException missing = fails(new JsonObject(), Map.of(), directory.resolve("none.json"));
    assertEquals(ExitCodes.CONFIGURATION, missing.exitCode());
    assertTrue(missing.getMessage().contains("no such file"), missing.getMessage());

    assertEquals(
        ExitCodes.CONFIGURATION, fails(new JsonObject(), Map.of(), file("name: x")).exitCode());
    assertEquals(
        ExitCodes.CONFIGURATION, fails(new JsonObject(), Map.of(), file("[1]")).exitCode());
  }

  @Test
  void shouldRefuseANodeWithoutItsHost() {
    assertEquals(
        ExitCodes.CONFIGURATION,
        fails(new JsonObject(), Map.of("CLUSTER_NODES", "a@"), null).exitCode());
    assertEquals(
        ExitCodes.CONFIGURATION,
        fails(new JsonObject(), Map.of("CLUSTER_DISCOVERY", "dns"), null).exitCode());
  }

  @Test
  void shouldHideItsOwnVariablesFromChildren() {
    Map<String, String> environment =
        new TreeMap<>(Map.of("MABEAM_NAME", "x", "NODE_NAME", "y", "PATH", "/bin"));
    OptionsResolver.forgetOptions(environment);

    assertEquals(Map.of("PATH", "/bin"), environment);
  }

  private Path file(String text) throws IOException {
    return Files.writeString(directory.resolve("options.json"), text);
  }

  private static MabeamOptions resolve(JsonObject flags, Map<String, String> env, Path file) {
    return new OptionsResolver(env).resolve(flags, file);
  }

  private static CliException fails(JsonObject flags, Map<String, String> env, Path file) {
    return assertThrows(CliException.class, () -> resolve(flags, env, file));
  }
}
