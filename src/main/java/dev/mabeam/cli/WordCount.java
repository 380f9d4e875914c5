package dev.mabeam.cli;

import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a pass came to.
 *
 * @param byNode what each node's reader read
 * @param counts every word and how often it stands in the files
 */
record WordCount(Map<String, Share> byNode, TreeMap<String, Long> counts) {
  /** One reader's files, and the words in them. */
  record Share(long files, long words) {
    Share plus(long moreWords) {
      return new Share(files + 1, words + moreWords);
    }
  }

  long files() {
    return byNode.values().stream().mapToLong(Share::files).sum();
  }

  long words() {
    return byNode.values().stream().mapToLong(Share::words).sum();
  }

  /**
   * Prints {@code {"files","words","byNode":{"name":{"files","words"}},"counts":{"word":n}}} as one
   * line. Word by word: there may be millions of them, and none needs escaping.
   */
  void print(PrintWriter out) {
    JsonObject nodes = new JsonObject();
    byNode.forEach(
        (name, share) ->
            nodes.put(
                name, new JsonObject().put("files", share.files()).put("words", share.words())));
    out.print(
        "{\"files\":%d,\"words\":%d,\"byNode\":%s,\"counts\":{"
            .formatted(files(), words(), nodes.encode()));
    String separator = "\"";
    for (Map.Entry<String, Long> count : counts.entrySet()) {
      out.print(separator);
      out.print(count.getKey());
      out.print("\":");
      out.print(count.getValue());
      separator = ",\"";
    }
    out.println("}}");
    out.flush();
  }

  /** {@code n1 70 files, n2 71, n3 68}. */
  String shares() {
    StringBuilder text = new StringBuilder();
    byNode.forEach(
        (name, share) ->
            text.append(text.isEmpty() ? "" : ", ").append(name).append(' ').append(share.files()));
    return text.toString();
  }
}
