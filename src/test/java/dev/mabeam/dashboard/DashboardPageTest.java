package dev.mabeam.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.mabeam.dashboard.PlayedNode.event;
import static dev.mabeam.dashboard.PlayedNode.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.options.ReducedMotion;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The whole page against a stream that is played by hand. */
class DashboardPageTest {
  private static Chromium chromium;

  private PlayedNode node;
  private Page page;

  @BeforeAll
  static void startBrowser() {
    chromium = Chromium.start();
  }

  @AfterAll
  static void closeBrowser() {
    if (chromium != null) {
      chromium.close();
    }
  }

  @BeforeEach
  void playANode() {
    node = new PlayedNode();
    for (int i = 1; i <= 3; i++) {
      node.node(i, "active");
    }
  }

  @AfterEach
  void closeThePage() {
    page.context().close();
    node.close();
    assertEquals(List.of(), chromium.complaints(), "the page complained");
  }

  private void open() {
    open(new Browser.NewContextOptions());
  }

  private void open(Browser.NewContextOptions options) {
    page = chromium.page(options);
    Response response = page.navigate(node.url());
    assertEquals(PlayedNode.POLICY, response.headerValue("content-security-policy"));
    assertThat(page.locator("#liveness")).hasText("live");
  }

  private Locator inTopology(String name) {
    return page.locator(".topology .node[data-node^='" + name + "#']");
  }

  @Test
  void shouldShowWhoIsThereAndFollowAPatch() {
    open();
    assertThat(page.locator("#summary")).containsText("Healthy 3 nodes 0 verticles");
    node.patch(
        put(
            new JsonObject().put("id", "c-1").put("class", "a.b.Counter").put("node", "n2#2")
                .put("since", 1).put("config", new JsonObject()),
            "verticles", "c-1"));
    assertThat(page.locator("#summary")).containsText("1 verticle");
    assertThat(inTopology("n2").locator(".dot")).hasCount(1);
    assertThat(inTopology("n2")).hasAttribute("aria-label", Pattern.compile("n2, active.*1 verticle"));
  }

  @Test
  void shouldAskForASnapshotAfterAGapAndShowIt() {
    open();
    JsonObject fourth = node.node(4, "active");
    node.patchAt(99, put(fourth, "nodes", "n9#9"));
    assertThat(page.locator(".card")).hasCount(4);
    assertEquals(List.of("{\"type\":\"resync\"}"), node.received());
    assertThat(inTopology("n9")).hasCount(0);
  }

  @Test
  void shouldSayThatTheStreamIsStaleAndWhomElseToAsk() {
    open();
    assertThat(page.locator("#liveness")).hasText(Pattern.compile("stale \\d s"));
    assertThat(page.locator("main")).hasClass(Pattern.compile("phase-stale"));
    assertThat(page.locator("#banner")).containsText("No news from n1");
    assertThat(page.locator("#banner a").first()).hasAttribute("href", "http://127.0.0.1:8082");
    assertThat(page.locator("#polite")).hasText("The stream is stale");
    node.patch();
    assertThat(page.locator("#liveness")).hasText("live");
    assertThat(page.locator("#banner")).hasCount(0);
  }

  @Test
  void shouldComeBackByItselfWhenTheConnectionIsLost() {
    open();
    node.node(4, "joining");
    node.hangUp();
    assertThat(page.locator(".card")).hasCount(4);
    assertThat(page.locator("#liveness")).hasText("live");
    assertThat(page.locator("#summary")).containsText("n4 joining");
  }

  @Test
  void shouldKeepAFailedNodeAndAnnounceIt() {
    open();
    node.patch(put(node.node(3, "failed"), "nodes", "n3#3"));
    assertThat(page.locator("#summary")).containsText("Degraded n3 failed 2 of 3 nodes");
    assertThat(inTopology("n3").locator(".word")).hasText("failed");
    assertThat(page.locator(".card[data-node='n3#3'] .badge")).hasText("failed");
    assertThat(page.locator(".edge")).hasCount(1);
    assertThat(page.locator("#polite")).hasText("n3 is failed");
  }

  @Test
  void shouldSayThatTheClusterIsReadOnlyAtOnce() {
    open();
    node.patch(put(node.current().getJsonObject("cluster").copy().put("mode", "read-only"), "cluster"));
    assertThat(page.locator("#summary")).containsText("Read-only");
    assertThat(page.locator("#banner")).containsText("no majority");
    assertThat(page.locator("#assertive")).containsText("read-only");
  }

  @Test
  void shouldHoldTheFeedWhileItIsPaused() {
    open();
    node.patch(event(1, "node.joined", new JsonObject().put("node", "n1#1").put("zone", "east")));
    assertThat(page.locator(".log li")).hasCount(1);
    page.locator("[data-action=hold-feed]").click();
    node.patch(
        event(2, "node.left", new JsonObject().put("node", "n2#2")),
        event(3, "audit", new JsonObject().put("action", "joinCluster").put("status", 202)));
    assertThat(page.locator("[data-action=hold-feed]")).hasText("+2");
    assertThat(page.locator(".log li")).hasCount(1);
    page.locator("[data-action=hold-feed]").click();
    assertThat(page.locator(".log li")).hasCount(3);
    assertThat(page.locator(".log li").first()).containsText("Operator: join cluster");
    page.locator("[data-topic=audit]").click();
    assertThat(page.locator(".log li")).hasCount(2);
  }

  @Test
  void shouldFreezeThePageWhileItIsPaused() {
    open();
    page.keyboard().press("p");
    assertThat(page.locator("#liveness")).hasText("paused");
    node.patch(put(node.node(2, "failed"), "nodes", "n2#2"),
        event(1, "node.failed", new JsonObject().put("node", "n2#2")));
    assertThat(page.locator("#liveness")).hasText("paused, +1");
    assertThat(page.locator("#summary")).containsText("Healthy");
    page.keyboard().press("p");
    assertThat(page.locator("#summary")).containsText("n2 failed");
  }

  @Test
  void shouldBeUsableFromTheKeyboardAlone() {
    open();
    page.keyboard().press("Tab");
    assertThat(page.locator(".skip")).isFocused();
    page.keyboard().press("Enter");
    assertThat(page.locator("#main")).isFocused();
    page.keyboard().press("Tab");
    assertThat(inTopology("n1")).isFocused();
    page.keyboard().press("ArrowRight");
    assertThat(inTopology("n2")).isFocused();
    page.keyboard().press("End");
    assertThat(inTopology("n3")).isFocused();
    page.keyboard().press("ArrowRight");
    assertThat(inTopology("n1")).isFocused();
    page.keyboard().press("Enter");
    assertThat(page.locator("#node-dialog")).isVisible();
    assertThat(page.locator("#node-dialog h2")).hasText("n1");
    page.keyboard().press("Escape");
    assertThat(page.locator("#node-dialog")).isHidden();
    assertThat(inTopology("n1")).isFocused();
    page.keyboard().press("/");
    assertThat(page.locator("#search")).isFocused();
    page.keyboard().type("n2");
    assertThat(page.locator("#nodes-rows tr")).hasCount(1);
    page.keyboard().press("Escape");
    assertThat(page.locator("#nodes-rows tr")).hasCount(3);
    page.keyboard().press("?");
    assertThat(page.locator("#help-dialog")).isVisible();
    page.keyboard().press("Escape");
    page.locator("#tab-nodes").focus();
    page.keyboard().press("ArrowRight");
    assertThat(page.locator("#tab-verticles")).isFocused();
    assertThat(page.locator("#tabpanel")).containsText("bin/mabeam verticles deploy");
  }

  @Test
  void shouldSortByItsHeadings() {
    node.node(3, "active").put("load", 0.9);
    node.node(1, "active").put("load", 0.5);
    open();
    Locator load = page.locator("#tabpanel th", new Page.LocatorOptions().setHasText("Load"));
    load.locator("button").click();
    assertThat(load).hasAttribute("aria-sort", "ascending");
    load.locator("button").click();
    assertThat(load).hasAttribute("aria-sort", "descending");
    assertThat(page.locator("#nodes-rows tr").first()).containsText("n3");
  }

  @Test
  void shouldRememberTheTheme() {
    open();
    page.locator("[data-theme-choice=light]").click();
    String light = background();
    page.reload();
    assertThat(page.locator("#liveness")).hasText("live");
    assertEquals(light, background());
    page.locator("[data-theme-choice=dark]").click();
    assertFalse(background().equals(light));
  }

  private String background() {
    return (String) page.evaluate("getComputedStyle(document.body).backgroundColor");
  }

  @Test
  void shouldTreatWhatNodesSayAsTextAndNeverAsCode() {
    String hostile = "<img src=x onerror=alert(1)>";
    node.node(2, "active").put("zone", hostile).put("http", "javascript:alert(1)")
        .put("capabilities", new JsonArray().add(hostile));
    open();
    node.patch(event(1, "node.failed", new JsonObject().put("node", "n2#2").put("reason", hostile)));
    assertThat(page.locator(".log li")).containsText(hostile);
    assertEquals(0, page.locator("img[src=x]").count());
    inTopology("n2").click();
    assertThat(page.locator("#node-dialog")).containsText(hostile);
    assertEquals(0, page.locator("a[href^=javascript]").count());
  }

  @Test
  void shouldMoveNothingForWhoAskedForLessMotion() {
    open(new Browser.NewContextOptions().setReducedMotion(ReducedMotion.REDUCE));
    node.patch(put(node.node(1, "active").put("beat", 7), "nodes", "n1#1"));
    assertThat(page.locator(".edge")).hasCount(3);
    assertEquals(0, page.evaluate("document.getAnimations().length"));
  }

  @Test
  void shouldSendAPulseFromANodeThatWasHeard() {
    open();
    Chromium.countPulses(page);
    node.patch(put(node.node(1, "active").put("beat", 2), "nodes", "n1#1"));
    assertThat(page.locator("body")).hasAttribute("data-pulses", "2");
  }

  @Test
  void shouldFitANarrowScreenWithoutScrollingSideways() {
    open(new Browser.NewContextOptions().setViewportSize(360, 780));
    Object wider = page.evaluate("document.documentElement.scrollWidth - innerWidth");
    assertTrue(((Number) wider).intValue() <= 0, "wider than the screen by " + wider);
  }
}
