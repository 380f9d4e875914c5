package dev.mabeam.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class WordScannerTest {
  @Test
  void shouldGoOnWhereAnotherOneStoppedWhereverThatWas() {
    byte[] text = "One two-TWO  x9".getBytes(StandardCharsets.US_ASCII);
    for (int end = 0; end <= text.length; end++) {
      Map<String, Long> counts = new TreeMap<>();
      WordScanner first = new WordScanner();
      long words = first.scan(text, end, counts);

      WordScanner second = new WordScanner();
      second.resume(first.rest());
      byte[] others = Arrays.copyOfRange(text, end, text.length);
      words += second.scan(others, others.length, counts) + second.end(counts);

      assertEquals(Map.of("one", 1L, "two", 2L, "x9", 1L), counts, "stopped at " + end);
      assertEquals(4, words);
    }
  }
}
