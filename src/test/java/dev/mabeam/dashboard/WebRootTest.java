package dev.mabeam.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.dashboard.DashboardServer.Answer;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.http.HttpMethod;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

final class WebRootTest {
  private static final String LIT = "/vendor/lit-html/lit-html.js";

  @Test
  void shouldServeFilesFromTheClassPathAndLetBrowsersAskForChanges() throws Exception {
    try (DashboardServer server = DashboardServer.onLoopback()) {
      assertEquals("text/html; charset=utf-8", server.get("/").header("Content-Type"));
      Answer first = server.get(LIT);
      assertEquals(200, first.status());
      assertEquals("text/javascript; charset=utf-8", first.header("Content-Type"));
      assertEquals("no-cache", first.header("Cache-Control"));
      assertTrue(first.body().length() > 1_000);

      Map<String, String> known = Map.of("If-None-Match", first.header("ETag"));
      assertEquals(304, server.send(HttpMethod.GET, LIT, null, known).status());

      Answer head = server.send(HttpMethod.HEAD, LIT, null, Map.of());
      assertEquals(200, head.status());
      assertEquals(String.valueOf(first.body().length()), head.header("Content-Length"));
      assertEquals(404, server.get("/vendor/lit-html").status(), "a folder is no file");
    }
  }

  @Test
  void shouldSayWhichPortIsTaken() throws Exception {
    try (DashboardServer first = DashboardServer.onLoopback()) {
      DashboardOptions same = new DashboardOptions("127.0.0.1", first.port(), "", Set.of());
      MabeamException taken =
          (MabeamException)
              assertThrows(ExecutionException.class, () -> new DashboardServer(same)).getCause();
      assertEquals(ErrorCode.CONFLICT, taken.code());
      assertTrue(taken.getMessage().contains("127.0.0.1:" + first.port()), taken.getMessage());
    }
  }
}
