package dev.mabeam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckupTest {
  @TempDir Path directory;

  @Test
  void shouldFailOnAJavaThatIsNotSupported() {
    assertEquals(Checkup.Level.ok, Checkup.java(17).level());
    assertEquals(Checkup.Level.ok, Checkup.java(22).level());
    assertEquals(Checkup.Level.fail, Checkup.java(16).level());
    assertEquals(Checkup.Level.fail, Checkup.java(25).level());
  }

  @Test
  void shouldFailOnAConfigurationThatCannotBeRead() throws IOException {
    Checkup.Finding missing = find("conf", checkup("http://127.0.0.1:1", true, directory));
    assertEquals(Checkup.Level.fail, missing.level());
    assertTrue(missing.message().contains("infinispan.xml"), missing.message());

    Files.writeString(directory.resolve("infinispan.xml"), "<infinispan/>");
    Files.writeString(directory.resolve("jgroups-tcp.xml"), "<config>");
    Checkup.Finding broken = find("conf", checkup("http://127.0.0.1:1", true, directory));
    assertEquals(Checkup.Level.fail, broken.level());
    assertTrue(broken.message().contains("jgroups-tcp.xml"), broken.message());

    Files.writeString(directory.resolve("jgroups-tcp.xml"), "<config/>");
    assertEquals(
        Checkup.Level.ok, find("conf", checkup("http://127.0.0.1:1", true, directory)).level());
  }

  @Test
  void shouldFailOnASilentNodeOnlyIfItWasNamed() {
    assertEquals(
        Checkup.Level.fail, find("node", checkup("http://127.0.0.1:1", true, null)).level());
    assertEquals(
        Checkup.Level.warn, find("node", checkup("http://127.0.0.1:1", false, null)).level());
  }

  @Test
  void shouldCompareWhatTheNodesShow() throws IOException {
    try (ApiServer one = new ApiServer();
        ApiServer two = new ApiServer()) {
      one.answer("GET /api/v1/cluster", 200, cluster("n1#1", 3, two.url()));
      two.answer("GET /api/v1/cluster", 200, cluster("n2#2", 3, two.url()));
      assertEquals(Checkup.Level.ok, find("cluster", checkup(one.url(), true, null)).level());

      two.answer("GET /api/v1/cluster", 200, cluster("n2#2", 4, two.url()));
      Checkup.Finding differs = find("cluster", checkup(one.url(), true, null));
      assertEquals(Checkup.Level.fail, differs.level());

      two.stop();
      Checkup.Finding silent = find("cluster", checkup(one.url(), true, null));
      assertEquals(Checkup.Level.warn, silent.level());
      assertTrue(silent.message().contains("n2#2"), silent.message());
    }
  }

  @Test
  void shouldSayWhatANodeFindsWrongWithItself() throws IOException {
    try (ApiServer node = new ApiServer()) {
      node.answer("GET /api/v1/cluster", 200, cluster("n1#1", 3, node.url()));
      node.answer("GET /health/ready", 200, "{\"status\":\"UP\",\"checks\":[]}");
      assertEquals(Checkup.Level.ok, find("ready", checkup(node.url(), true, null)).level());

      node.answer(
          "GET /health/ready",
          503,
          "{\"checks\":[{\"id\":\"a\",\"status\":\"UP\"},"
              + "{\"id\":\"disk\",\"status\":\"DOWN\",\"reason\":\"it is full\"}]}");
      Checkup.Finding full = find("ready", checkup(node.url(), true, null));
      assertEquals(Checkup.Level.fail, full.level());
      assertEquals("it is not ready: it is full", full.message());
    }
  }

  @Test
  void shouldTellWhoseAPortIs() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      assertEquals(false, Ports.isFree("127.0.0.1", port));
      String owner = Ports.owner(port).orElse("pid " + ProcessHandle.current().pid() + " ");
      assertTrue(owner.startsWith("pid " + ProcessHandle.current().pid() + " "), owner);
    }
  }

  private static Checkup.Finding find(String check, Checkup checkup) {
    return checkup.all().stream()
        .filter(finding -> finding.check().equals(check))
        .findFirst()
        .orElseThrow();
  }

  private static Checkup checkup(String url, boolean named, Path conf) {
    Api api = new Api(url, "", Duration.ofSeconds(5));
    return new Checkup(api, named, conf == null ? null : conf.toString());
  }

  private static String cluster(String node, int view, String secondUrl) {
    return """
        {"id":"c1","mode":"normal","view":%d,"node":"%s","nodes":[
        {"id":"n1#1","status":"active","http":""},{"id":"n2#2","status":"active","http":"%s"}]}"""
        .formatted(view, node, secondUrl);
  }
}
