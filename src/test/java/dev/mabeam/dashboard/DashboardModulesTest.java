package dev.mabeam.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Page;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Runs the page's modules in the browser, each test of src/test/resources/dashboard by its name. */
class DashboardModulesTest {
  private static final int LINES = 200;

  private static Chromium chromium;
  private static PlayedNode node;
  private static Page page;

  @BeforeAll
  static void openAPage() {
    chromium = Chromium.start();
    node = new PlayedNode();
    page = chromium.page();
    page.navigate(node.url() + "test/check.js");
  }

  @AfterAll
  static void closeAll() {
    if (node != null) {
      node.close();
      chromium.close();
    }
  }

  @TestFactory
  Stream<DynamicTest> modules() {
    return Stream.of("state", "stream", "view").flatMap(DashboardModulesTest::testsOf);
  }

  private static Stream<DynamicTest> testsOf(String module) {
    String load = "import('/test/" + module + ".test.js').then(m => ";
    List<?> names = (List<?>) page.evaluate(load + "Object.keys(m.tests))");
    assertTrue(!names.isEmpty(), module);
    return names.stream()
        .map(
            name ->
                DynamicTest.dynamicTest(
                    module + ": " + name,
                    () -> {
                      // An Error thrown in the page would come back without what it said.
                      Object failure =
                          page.evaluate(
                              load + "m.tests." + name + "()).then(() => '', e => e.stack)");
                      assertEquals("", failure);
                    }));
  }

  @Test
  void shouldKeepEveryModuleShortAndFreeOfInlineCode() throws Exception {
    try (Stream<Path> files = Files.walk(Path.of("webroot"))) {
      for (Path file : files.filter(f -> f.toString().matches(".*\\.(js|html)")).toList()) {
        List<String> lines = Files.readAllLines(file);
        assertTrue(lines.size() <= LINES, file + " has " + lines.size() + " lines");
        String text = String.join("\n", lines);
        assertTrue(
            !text.matches("(?s).*[\\s\"]style=[\"$].*") && !text.matches("(?s).*\\son[a-z]+=.*"),
            file + " has an inline style or handler, which the policy forbids");
        assertTrue(!text.matches("(?s).*(src|href)=\"https?:.*"), file + " loads from elsewhere");
      }
    }
  }
}
