package dev.mabeam.dashboard;

import static org.junit.jupiter.api.Assumptions.abort;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The machine's own browser, driven by Playwright, which downloads none. One a test class: only the
 * thread that made it may use it.
 */
final class Chromium implements AutoCloseable {
  private static final List<String> FLAGS =
      List.of(
          "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
          "--disable-background-networking", "--disable-component-update", "--disable-sync");

  private static final double PATIENCE_MILLIS = 30_000;

  private final Playwright playwright;
  private final Browser browser;
  private final List<String> complaints = new CopyOnWriteArrayList<>();

  private Chromium(Path executable) {
    playwright =
        Playwright.create(
            new Playwright.CreateOptions()
                .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    browser =
        playwright
            .chromium()
            .launch(new BrowserType.LaunchOptions().setExecutablePath(executable).setArgs(FLAGS));
  }

  /** Skips the test, and says why, where there is no browser. */
  static Chromium start() {
    String named = System.getenv("MABEAM_CHROMIUM");
    Path executable = Path.of(named == null || named.isBlank() ? "/usr/bin/chromium" : named);
    if (!Files.isExecutable(executable)) {
      String reason =
          "no browser at " + executable + ": install Debian's chromium, or name one in"
              + " MABEAM_CHROMIUM";
      // A class that is skipped as a whole leaves no word of why on the console.
      System.getLogger(Chromium.class.getName()).log(System.Logger.Level.WARNING, reason);
      abort(reason);
    }
    // How fast a machine draws is no promise of the page's; where something is, the test says so.
    PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
    return new Chromium(executable);
  }

  /** A page of its own, with nothing remembered. What it complains of is collected. */
  Page page(Browser.NewContextOptions options) {
    Page page = browser.newContext(options).newPage();
    page.onPageError(error -> complaints.add(error));
    page.onConsoleMessage(
        message -> {
          if (message.type().equals("error") || message.type().equals("warning")) {
            complaints.add(message.text() + " (" + message.location() + ")");
          }
        });
    return page;
  }

  Page page() {
    return page(new Browser.NewContextOptions());
  }

  /** Errors and warnings on the console, and errors that no one caught, since the last call. */
  List<String> complaints() {
    List<String> all = List.copyOf(complaints);
    complaints.clear();
    return all;
  }

  /**
   * Counts the topology's pulses into the body's {@code data-pulses} from now on: an attribute can
   * be waited for without evaluating code in the page, which its policy forbids.
   */
  static void countPulses(Page page) {
    page.evaluate(
        "new MutationObserver(all => all.forEach(m => document.body.dataset.pulses ="
            + " Number(document.body.dataset.pulses ?? 0) + m.addedNodes.length))"
            + ".observe(document.getElementById('pulses'), {childList: true})");
  }

  @Override
  public void close() {
    browser.close();
    playwright.close();
  }
}
