package dev.mabeam.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.mabeam.dashboard.PlayedNode.event;
import static dev.mabeam.dashboard.PlayedNode.put;
import static dev.mabeam.dashboard.PlayedNode.standing;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
    // It is live from the first message on; a patch before the snapshot would be lost in that.
    assertThat(page.locator("main:not(.waiting)")).isAttached();
  }

  private Locator inTopology(String name) {
    return page.locator(".topology .node[data-node^='" + name + "#']");
  }

  private Locator cells(String table, String row) {
    return page.locator("#" + table + "-rows [data-row='" + row + "'] td");
  }

  @Test
  void shouldShowWhoIsThereAndFollowAPatch() {
    open();
    assertThat(page.locator("#summary")).hasText("Healthy 3 nodes");
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
    assertThat(page.locator("#tab-agents")).isFocused();
    assertThat(page.locator("#tabpanel")).containsText("bin/mabeam agents deploy");
    page.keyboard().press("ArrowRight");
    assertThat(page.locator("#tab-variables")).isFocused();
    assertThat(page.locator("#tabpanel")).containsText("bin/mabeam variables distribute");
    page.keyboard().press("ArrowRight");
    assertThat(page.locator("#tab-verticles")).isFocused();
    assertThat(page.locator("#tabpanel")).containsText("bin/mabeam verticles deploy");
    page.keyboard().press("End");
    assertThat(page.locator("#tab-moves")).isFocused();
    assertThat(page.locator("#tabpanel")).containsText("bin/mabeam agents migrate");
  }

  @Test
  void shouldShowMovesAndWhyTheyFailed() {
    node.move("<b>x</b>", "n1#1", "n2#2", "failed", 1_000, "n2#2: <i>it is cordoned</i>");
    node.move("c-1", "n2#2", "n1#1", "transfer", 2_000, "");
    open();
    page.locator("#tab-moves").click();
    assertThat(page.locator("#tab-moves")).hasText("Moves 2");
    assertThat(page.locator("#moves-rows tr").first()).containsText("c-1");
    assertThat(page.locator("#moves-rows tr").first()).containsText("reserve 4, pause 8.5");
    assertThat(page.locator("#moves-rows tr").last()).containsText("<b>x</b>");
    assertThat(page.locator("#moves-rows tr").last()).containsText("<i>it is cordoned</i>");
  }

  @Test
  void shouldShowAgentsOnTheirNodesAndInATable() {
    node.agent("c-1", "counter", "n1#1", "active");
    node.agent("c-2", "counter", "n2#2", "starting");
    node.agent("r-1", "reader", "n2#2", "active");
    node.agent("lost", "reader", "", "unavailable");
    open();
    assertThat(page.locator("#summary")).containsText("4 agents");
    assertThat(inTopology("n1").locator(".dot")).hasCount(1);
    assertThat(inTopology("n2").locator(".dot")).hasCount(2);
    assertThat(inTopology("n2")).hasAttribute("aria-label", Pattern.compile(".*2 agents.*"));
    assertThat(inTopology("n2").locator(".dot.starting title")).hasText("agent c-2 (counter), starting");
    assertThat(page.locator(".card[data-node='n2#2']")).containsText("2 agents");
    assertThat(page.locator(".legend")).containsText("counter 2");

    page.locator("#tab-agents").click();
    assertThat(page.locator("#agents-rows tr")).hasCount(4);
    assertThat(cells("agents", "r-1")).hasText(new String[] {"r-1", "reader", "n2", "active", "3"});
    assertThat(cells("agents", "lost"))
        .hasText(new String[] {"lost", "reader", "none", "unavailable", "3"});
    page.locator("#agents-rows [data-row=c-1] .open").first().click();
    assertThat(inTopology("n1").locator(".dot.selected")).hasCount(1);

    node.patch(put(node.agent("c-1", "counter", "n3#3", "active").put("epoch", 4), "agents", "c-1"));
    assertThat(cells("agents", "c-1"))
        .hasText(new String[] {"c-1", "counter", "n3", "active", "4"});
    assertThat(inTopology("n3").locator(".dot")).hasCount(1);
    node.patch(put(node.node(2, "failed"), "nodes", "n2#2"));
    assertThat(cells("agents", "r-1").nth(3)).hasText("active, but its node failed");
    inTopology("n3").click();
    assertThat(page.locator("#node-dialog .runs")).containsText("c-1 counter agent, epoch 4");
  }

  @Test
  void shouldCountTheAgentsThatTheStreamDoesNotName() {
    node.agent("c-1", "counter", "n1#1", "active");
    node.current().getJsonObject("agentCounts").put("n1#1", 5_000);
    node.current().getJsonObject("cluster").put("agents", 5_000);
    open();
    assertThat(page.locator("#summary")).containsText("5000 agents");
    assertThat(inTopology("n1").locator(".more")).hasText("+4999");
    assertThat(page.locator("#tab-agents")).hasText("Agents 5000");
    page.locator("#tab-agents").click();
    assertThat(page.locator("#more-rows")).containsText("The first 1 of 5000");
  }

  @Test
  void shouldDrawNothingOverTheNumberOfThoseThatHaveNoPlace() {
    for (int i = 1; i <= 60; i++) {
      node.agent("c-" + i, "counter", "n1#1", "active");
    }
    open();
    assertThat(inTopology("n1").locator(".more")).hasText(Pattern.compile("\\+\\d+"));
    assertEquals(
        0,
        page.evaluate(
            "(() => {const more = document.querySelector('.node .more').getBoundingClientRect();"
                + " return [...document.querySelectorAll('.node .dot')]"
                + ".map(dot => dot.getBoundingClientRect())"
                + ".filter(dot => dot.left < more.right && dot.right > more.left"
                + " && dot.top < more.bottom - 2 && dot.bottom > more.top + 2).length})()"));
  }

  @Test
  void shouldSayWhoIsCordoned() {
    node.node(2, "active").put("cordoned", true);
    open();
    assertThat(inTopology("n2").locator(".word")).hasText("active, cordoned");
    assertThat(page.locator(".card[data-node='n2#2'] footer")).containsText("cordoned");
    assertThat(inTopology("n3").locator(".word")).hasText("active, 25 %");
  }

  @Test
  void shouldShowVariablesWithValueVersionAndReplicas() {
    JsonObject total = node.variable("total", "{\"a\":1}", "n2#2", "n1#1");
    node.variable("fresh", "", "n3#3").remove("value");
    open();
    assertThat(page.locator("#summary")).containsText("2 variables");
    page.locator("#tab-variables").click();
    assertThat(cells("variables", "total"))
        .hasText(
            new String[] {
              "total", "{\"a\":1}", "eventual", "gossip", "merge_function (map-by-key)", "0",
              "n2, n1", "n2", "n1 3, n2 1"
            });
    assertThat(page.locator("#variables-rows [data-row=total] [title='n2#2, master']")).hasText("n2");
    assertThat(page.locator("#variables-rows [data-row=fresh]")).containsText("not read yet");

    node.patch(
        put(total.copy().put("value", "{\"a\":2}").put("version", new JsonObject().put("n1#1", 4)),
            "variables", "total"),
        event(1, "variable.updated", new JsonObject().put("variable", "total").put("node", "n1#1")));
    assertThat(cells("variables", "total").nth(1)).hasText("{\"a\":2}");
    assertThat(cells("variables", "total").nth(8)).hasText("n1 4");
    assertThat(page.locator(".log li")).containsText("total was written at n1");
    page.locator(".log .subject").first().click();
    assertThat(page.locator("#variables-rows [data-row=total]")).hasClass("selected");
  }

  @Test
  void shouldSayWhoDecidesAndWhenNobodyDoes() {
    node.consensus("n1#1", "n1#1", "n2#2", "n3#3");
    node.node(4, "active");
    open();
    assertThat(page.locator("#decisions")).hasText("n1 leads quorum 2 of 3 voters");
    assertThat(page.locator("#nodes-rows [data-row='n1#1']")).containsText("leads");
    assertThat(page.locator("#nodes-rows [data-row='n2#2']")).containsText("votes");
    assertThat(page.locator("#nodes-rows [data-row='n4#4']")).containsText("observes");

    node.patch(put(node.node(3, "failed"), "nodes", "n3#3"));
    assertThat(page.locator("#decisions")).hasText("n1 leads quorum 2 of 3 voters 1 gone");
    assertThat(page.locator("#decisions")).hasClass(Pattern.compile("level-warning"));

    node.patch(
        put(node.node(3, "active"), "nodes", "n3#3"),
        put(node.consensus("", "n1#1", "n2#2", "n3#3"), "cluster"));
    assertThat(page.locator("#decisions")).hasText("no leader quorum 2 of 3 voters");
    assertThat(page.locator("#decisions")).hasClass(Pattern.compile("level-bad"));
    assertThat(page.locator("#summary")).containsText("Undecided no leader");
    assertThat(page.locator("#polite")).containsText("No node leads");
  }

  @Test
  void shouldSayNothingOfDecisionsBeforeAnythingIsKnown() {
    open();
    assertThat(page.locator("#decisions")).hasCount(0);
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
  void shouldTellWhatEachReplicaOfAVariableHasAndWhoIsBehind() {
    node.variable("plan", "1", "n2#2", "n1#1");
    node.explain("plan", standing("n2#2", false, 1, "<b>other</b>"), standing("n1#1", true, 0));
    open();
    page.locator("#tab-variables").click();
    page.locator("#variables-rows [data-row=plan] .open").first().click();
    Locator dialog = page.locator("#variable-dialog");
    assertThat(dialog).containsText("n2, epoch 2");
    assertThat(page.locator("#standings [data-row='n2#2'] td"))
        .hasText(
            new String[] {"n2", "serving", "no", "1", "1 \"<b>other</b>\"", "s-1 2"});
    assertThat(page.locator("#standings [data-row='n1#1'] td").nth(2)).hasText("yes");
    assertThat(dialog).containsText("Behind: n1");
    node.explain("plan", standing("n2#2", false, 2), standing("n1#1", false, 2));
    assertThat(dialog).containsText("Nobody is behind");
    page.keyboard().press("Escape");
    assertThat(dialog).isHidden();
  }

  @Test
  void shouldSayWhyAVariableCannotBeExplained() {
    node.variable("plan", "1", "n2#2", "n1#1");
    open();
    page.locator("#tab-variables").click();
    page.locator("#variables-rows [data-row=plan] .open").first().click();
    assertThat(page.locator("#variable-dialog")).containsText("there is no such variable");
    page.close();
    // The browser itself writes every answer of 404 to its console.
    assertFalse(chromium.complaints().isEmpty());
  }

  /** The pictures are in target/, to be looked at. */
  @Test
  void shouldDrawFiveNodesWithAgentsOnScreensOfAnyWidth() {
    for (int i = 4; i <= 5; i++) {
      node.node(i, "active");
    }
    node.consensus("n2#2", "n1#1", "n2#2", "n3#3", "n4#4", "n5#5");
    for (int i = 1; i <= 40; i++) {
      int on = 1 + i % 5;
      String type = i % 3 == 0 ? "reader" : i % 7 == 0 ? "com.acme.PricingAgent" : "counter";
      String status = i == 12 ? "starting" : i == 21 ? "unavailable" : "active";
      node.agent(type.charAt(0) + "-" + i, type, "n" + on + "#" + on, status);
    }
    node.variable("total", "{\"reader-1\":[3,57655],\"reader-2\":[3,48808]}", "n2#2", "n1#1", "n3#3");
    node.variable("limits", "{\"cpu\":0.75}", "n4#4", "n5#5");
    for (int width : new int[] {390, 1280, 2200}) {
      for (ColorScheme scheme : List.of(ColorScheme.DARK, ColorScheme.LIGHT)) {
        open(new Browser.NewContextOptions().setViewportSize(width, 1000).setColorScheme(scheme));
        assertThat(page.locator("#decisions")).hasText("n2 leads quorum 3 of 5 voters");
        page.locator("#tab-" + (scheme == ColorScheme.DARK ? "agents" : "variables")).click();
        String file = "dashboard-agents-" + width + "-" + scheme.name().toLowerCase(Locale.ROOT);
        page.evaluate("scrollTo(0, 0)");
        byte[] png =
            page.screenshot(
                new Page.ScreenshotOptions()
                    .setFullPage(true)
                    .setPath(Path.of("target", file + ".png")));
        assertTrue(png.length > 30_000, file + " is nearly empty");
        page.context().close();
      }
    }
    open();
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 5, 9})
  void shouldDrawEveryNodeWithinANarrowScreen(int nodes) {
    for (int i = 1; i <= nodes; i++) {
      node.node(i, "active");
      node.agent("c-" + i, "counter", "n" + i + "#" + i, "active");
    }
    open(new Browser.NewContextOptions().setViewportSize(420, 900));
    assertThat(page.locator(".topology .node")).hasCount(nodes);
    assertEquals(
        List.of(),
        page.evaluate(
            "[...document.querySelectorAll('.topology .node, .topology .node *')]"
                + ".map(e => e.getBoundingClientRect())"
                + ".filter(r => r.left < 0 || r.right > innerWidth)"
                + ".map(r => r.left + ' to ' + r.right)"));
    Object wider = page.evaluate("document.documentElement.scrollWidth - innerWidth");
    assertTrue(((Number) wider).intValue() <= 0, "wider by " + wider);
  }

  @Test
  void shouldFitANarrowScreenWithoutScrollingSideways() {
    node.consensus("n1#1", "n1#1", "n2#2", "n3#3");
    node.agent("an-agent-with-a-long-name-1", "counter", "n1#1", "active");
    node.variable("total", "{\"a\":1}".repeat(20), "n2#2", "n1#1");
    open(new Browser.NewContextOptions().setViewportSize(360, 780));
    for (String table : List.of("nodes", "agents", "variables", "verticles", "moves")) {
      page.locator("#tab-" + table).click();
      Object wider = page.evaluate("document.documentElement.scrollWidth - innerWidth");
      assertTrue(((Number) wider).intValue() <= 0, table + ": wider by " + wider);
    }
  }
}
