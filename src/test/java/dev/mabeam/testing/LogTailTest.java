package dev.mabeam.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LogTailTest {
  @Test
  void shouldKeepWhatTellsWhatHappened() {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "1:45:50 AM org.infinispan.BasicEventLogger log",
                "INFO: [Context=mabeam.agents] ISPN100010: Finished rebalance",
                "1:45:51 AM dev.mabeam.link.Link open",
                "INFO: w1#1 founded cluster 44",
                "java.lang.IllegalStateException: first"));
    for (int i = 1; i <= 20; i++) {
      lines.add("\tat frame " + i);
    }
    lines.addAll(List.of("Caused by: java.io.IOException: second", "\tat frame 21", ""));

    assertEquals(
        List.of(
            "1:45:51 AM dev.mabeam.link.Link open",
            "INFO: w1#1 founded cluster 44",
            "java.lang.IllegalStateException: first",
            "\tat frame 1", "\tat frame 2", "\tat frame 3",
            "\tat frame 4", "\tat frame 5", "\tat frame 6",
            "Caused by: java.io.IOException: second",
            "\tat frame 21"),
        LogTail.telling(lines));
  }
}
