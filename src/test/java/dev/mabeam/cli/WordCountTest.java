package dev.mabeam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class WordCountTest {
  @Test
  void shouldPrintOneLineOfJson() {
    WordCount count =
        new WordCount(
            new TreeMap<>(
                Map.of("n1", new WordCount.Share(2, 5), "n2", new WordCount.Share(1, 2))),
            new TreeMap<>(Map.of("one", 4L, "2", 3L)));

    String line = print(count);

    assertEquals(1, line.lines().count());
    JsonObject json = new JsonObject(line);
    assertEquals(List.of("files", "words", "byNode", "counts"), List.copyOf(json.fieldNames()));
    assertEquals(3, json.getInteger("files"));
    assertEquals(7, json.getInteger("words"));
    assertEquals(
        new JsonObject().put("files", 2).put("words", 5),
        json.getJsonObject("byNode").getJsonObject("n1"));
    assertEquals(new JsonObject().put("2", 3).put("one", 4), json.getJsonObject("counts"));
  }

  @Test
  void shouldPrintThatThereIsNoWord() {
    JsonObject json = new JsonObject(print(new WordCount(Map.of(), new TreeMap<>())));
    assertEquals(new JsonObject(), json.getJsonObject("counts"));
  }

  private static String print(WordCount count) {
    StringWriter text = new StringWriter();
    count.print(new PrintWriter(text));
    return text.toString();
  }
}
