package dev.mabeam.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.ColorScheme;
import dev.mabeam.testing.ProcessCluster;
import dev.mabeam.verticle.Sources;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The dashboard of three real nodes in a real browser, from an empty cluster to one that lost two.
 * The tests are one story and run in its order.
 *
 * <p>{@code -Dmabeam.pictures=docs/images} also writes the pictures that the README shows.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DashboardBrowserTest {
  private static final String COUNTER = "com.acme.CounterVerticle";
  private static final String READER = "com.acme.ReaderVerticle";
  private static final String ROOT = Path.of("").toAbsolutePath().toUri().toString();
  private static final double FAILURE_SHOWN_MILLIS = 6_000;
  private static final double PATIENCE_MILLIS = 30_000;

  @TempDir private static Path temp;
  private static Chromium chromium;
  private static ProcessCluster cluster;
  private static Page page;

  @BeforeAll
  static void openTheDashboardOfTheFirst() {
    chromium = Chromium.start();
    Path classes = temp.resolve("classes");
    Sources.compile(classes, COUNTER, Sources.greeter(COUNTER, "acme.counter"));
    Sources.compile(classes, READER, Sources.greeter(READER, "acme.reader"));
    cluster =
        ProcessCluster.start(3, "--capability", "files", "--class-path", classes.toString());
    page = open("n1", ColorScheme.DARK);
    page.evaluate("window.neverReloaded = true");
  }

  @AfterAll
  static void endAll() {
    if (cluster != null) {
      cluster.close();
    }
    if (chromium != null) {
      chromium.close();
    }
  }

  private static Page open(String node, ColorScheme scheme) {
    Page opened =
        chromium.page(
            new Browser.NewContextOptions()
                .setViewportSize(1280, 800).setDeviceScaleFactor(2).setColorScheme(scheme));
    opened.navigate(cluster.url(node));
    assertThat(opened.locator("#liveness")).hasText("live", within(PATIENCE_MILLIS));
    return opened;
  }

  private static LocatorAssertions.HasTextOptions within(double millis) {
    return new LocatorAssertions.HasTextOptions().setTimeout(millis);
  }

  private static Locator card(String node) {
    return page.locator(".card[data-node^='" + node + "#']");
  }

  private static Locator inTopology(String node) {
    return page.locator(".topology .node[data-node^='" + node + "#']");
  }

  @Test
  @Order(1)
  void shouldShowThreeNodesWithWhatIsKnownOfEach() {
    assertThat(page.locator("#summary")).containsText("Healthy 3 nodes");
    assertThat(page.locator(".answers")).containsText("answered by n1");
    for (String name : List.of("n1", "n2", "n3")) {
      assertThat(card(name).locator(".badge")).hasText("active");
      assertThat(card(name).locator(".chip")).hasText("files");
      assertThat(inTopology(name)).hasAttribute("aria-label", Pattern.compile(name + ", active.*"));
    }
    assertThat(page.locator(".edge")).hasCount(3);
    assertThat(page.locator(".role")).hasCount(1);
    assertThat(page.locator(".log")).containsText("n3 joined");
  }

  @Test
  @Order(2)
  void shouldMoveByItself() {
    Chromium.countPulses(page);
    assertThat(page.locator("body")).hasAttribute("data-pulses", Pattern.compile("[6-9]|\\d\\d"));
    assertThat(card("n2").locator(".facts")).containsText(Pattern.compile("heartbeat\\s*[012]\\.\\d s"));
    assertThat(card("n2").locator(".facts")).containsText(Pattern.compile("round trip\\s*\\d+(\\.\\d+)? ms"));
  }

  @Test
  @Order(3)
  void shouldShowAVerticleThatWasDeployedOverHttp() {
    deploy("n2", READER, "reader-2");
    deploy("n3", COUNTER, "counter-3");
    assertThat(page.locator("#summary")).containsText("2 verticles", containing());
    assertThat(inTopology("n2").locator(".dot")).hasCount(1);
    assertThat(page.locator(".legend")).containsText("CounterVerticle");
    assertThat(page.locator(".log")).containsText("counter-3 (CounterVerticle) runs on n3");
    page.locator("#tab-verticles").click();
    assertThat(page.locator("#verticles-rows [data-row='counter-3']")).containsText("n3");
    page.locator("#tab-nodes").click();
  }

  private static LocatorAssertions.ContainsTextOptions containing() {
    return new LocatorAssertions.ContainsTextOptions().setTimeout(PATIENCE_MILLIS);
  }

  private static void deploy(String node, String className, String id) {
    JsonObject body =
        new JsonObject()
            .put("class", className).put("node", node).put("id", id);
    created(post("/api/v1/verticles", body));
  }

  private static void created(HttpResponse<String> response) {
    assertNotNull(response, "no answer");
    assertEquals(201, response.statusCode(), response.body());
  }

  private static HttpResponse<String> post(String path, JsonObject body) {
    return cluster.send(
        cluster
            .request("n1", path)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
            .build());
  }

  @Test
  @Order(4)
  void shouldWalkTheTopologyByKeyboard() {
    inTopology("n1").focus();
    page.keyboard().press("ArrowRight");
    assertThat(inTopology("n2")).isFocused();
    page.keyboard().press("Enter");
    assertThat(page.locator("#node-dialog")).containsText("reader-2");
    page.keyboard().press("Escape");
    assertThat(inTopology("n2")).isFocused();
    page.keyboard().press("Escape");
    page.keyboard().press("/");
    page.keyboard().type("n3");
    assertThat(page.locator("#nodes-rows tr")).hasCount(1);
    page.keyboard().press("Escape");
  }

  @Test
  @Order(5)
  void shouldLookWellInDarkAndInLight() throws IOException {
    deploy("n1", COUNTER, "words-1");
    deploy("n1", READER, "files-1");
    if (picturesWanted()) {
      workForAWhile();
    }
    for (int i = 2; i <= 3; i++) {
      deploy("n" + i, COUNTER, "words-" + i);
      deploy("n" + i, READER, "files-" + i);
    }
    assertThat(page.locator("#summary")).containsText("8 verticles", containing());
    page.mouse().move(0, 0);
    page.evaluate("document.activeElement.blur()");
    awaitPulses();
    picture(page, "dashboard-dark.png");
    page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.LIGHT));
    String light = background();
    awaitPulses();
    picture(page, "dashboard-light.png");
    page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
    assertTrue(!light.equals(background()), "dark and light have the same background " + light);
  }

  /** Words are counted at a changing pace for as long as a sparkline remembers. */
  private static void workForAWhile() throws IOException {
    Path words = Path.of("target", "words.txt");
    Files.writeString(words, "the quick brown fox jumps over the lazy dog\n".repeat(150_000));
    created(
        post(
            "/api/v1/variables",
            new JsonObject().put("name", "words").put("merge", "map-by-key")));
    JsonObject roots = new JsonObject().put("roots", new JsonArray().add(ROOT));
    deployAgent("counter-1", "Counter", new JsonObject().put("variable", "words"));
    deployAgent("counter-2", "Counter", new JsonObject().put("variable", "words"));
    deployAgent("reader-1", "Reader", roots);
    deployAgent("reader-2", "Reader", roots);
    JsonArray counters = new JsonArray().add("counter-1").add("counter-2");
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(100);
    for (int pass = 1; System.nanoTime() < end; pass++) {
      JsonObject file =
          new JsonObject()
              .put("pass", pass)
              .put("file", words.toAbsolutePath().toUri().toString())
              .put("counters", counters);
      String reader = pass / 8 % 3 == 0 ? "reader-1" : "reader-2";
      post("/api/v1/agents/" + reader + "/ask", file);
      page.waitForTimeout(150 + 100 * (pass / 3 % 5));
    }
    Files.delete(words);
  }

  private static void deployAgent(String id, String kind, JsonObject config) {
    JsonObject body =
        new JsonObject()
            .put("id", id)
            .put("type", "dev.mabeam.sample." + kind + "Agent")
            .put("config", config);
    created(post("/api/v1/agents", body));
  }

  private static void awaitPulses() {
    assertThat(page.locator("#pulses circle").nth(2)).isAttached();
    page.waitForTimeout(350);
  }

  private static String background() {
    return (String) page.evaluate("getComputedStyle(document.body).backgroundColor");
  }

  private static boolean picturesWanted() {
    return System.getProperty("mabeam.pictures") != null;
  }

  private static void picture(Page of, String file) throws IOException {
    byte[] png = of.screenshot(new Page.ScreenshotOptions().setPath(Path.of("target", file)));
    assertTrue(png.length > 50_000, file + " is nearly empty");
    if (picturesWanted()) {
      Path named = Path.of(System.getProperty("mabeam.pictures"), file);
      Files.copy(Path.of("target", file), named, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  @Test
  @Order(6)
  void shouldShowAKilledNodeAsFailedWithinSixSecondsWithoutAReload() throws IOException {
    cluster.kill("n3");
    long killed = System.nanoTime();
    assertThat(inTopology("n3").locator(".word"))
        .hasText("failed", within(FAILURE_SHOWN_MILLIS));
    double took = (System.nanoTime() - killed) / 1e6;
    assertTrue(took < FAILURE_SHOWN_MILLIS, "it took " + took + " ms");
    assertThat(card("n3").locator(".badge")).hasText("failed");
    assertThat(page.locator("#summary")).containsText("n3 failed 2 of 3 nodes");
    assertThat(page.locator(".log")).containsText("n3 failed", containing());
    assertThat(page.locator(".edge")).hasCount(1);
    assertEquals(true, page.evaluate("window.neverReloaded"));
    picture(page, "dashboard-failed.png");
  }

  @Test
  @Order(7)
  void shouldSayThatItsNodeIsSilentAndBeLiveAgainWhenItIsNot() throws IOException {
    cluster.pause("n1");
    assertThat(page.locator("#liveness")).hasText(Pattern.compile("stale \\d s"), within(PATIENCE_MILLIS));
    assertThat(page.locator("#banner")).containsText("No news from n1");
    assertThat(page.locator("#banner a")).hasAttribute("href", Pattern.compile(cluster.url("n2") + "/?"));
    picture(page, "dashboard-stale.png");
    cluster.resume("n1");
    assertThat(page.locator("#liveness")).hasText("live", within(PATIENCE_MILLIS));
    assertThat(page.locator("#banner")).hasCount(0);
    assertEquals(true, page.evaluate("window.neverReloaded"));
  }

  @Test
  @Order(8)
  void shouldShowTheSameFromAnyNodeAndComplainOfNothing() {
    Page other = open("n2", ColorScheme.LIGHT);
    assertThat(other.locator(".card")).hasCount(3);
    assertThat(other.locator(".answers")).containsText("answered by n2");
    other.context().close();
    assertEquals(List.of(), chromium.complaints());
  }
}
