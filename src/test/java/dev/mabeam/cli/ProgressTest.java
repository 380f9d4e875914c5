package dev.mabeam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final StringWriter out = new StringWriter();

  @Test
  void shouldPrintPlainLinesAtEachTenthIntoAPipe() {
    Progress progress = new Progress(new PrintWriter(out), false);
    for (int i = 1; i <= 100; i++) {
      progress.at("pass 1", i, 100, i + "/100 files");
    }

    List<String> lines = out.toString().lines().toList();
    assertEquals(11, lines.size());
    assertEquals("pass 1: 1/100 files", lines.get(0));
    assertEquals("pass 1: 100/100 files", lines.get(10));
  }

  @Test
  void shouldMoveOneLineOnATerminal() {
    Progress progress = new Progress(new PrintWriter(out), true);
    progress.at("pass 1", 1, 2, "1/2 files");
    progress.at("pass 1", 2, 2, "2/2 files");
    progress.line("done");

    assertEquals(1, out.toString().lines().filter(line -> line.contains("done")).count());
    assertTrue(out.toString().contains("████████████░░░░░░░░░░░░ 1/2 files"), out.toString());
    assertTrue(out.toString().endsWith("done\n"), out.toString());
  }

  @Test
  void shouldSummariseRuns() {
    assertEquals(
        "{\"nodes\":3,\"runs\":4,\"min\":1.0,\"median\":2.5,\"max\":9.0,"
            + "\"seconds\":[9.0,2.0,1.0,3.0]}",
        Bench.summary(3, new double[] {9, 2, 1, 3}).encode());
  }
}
