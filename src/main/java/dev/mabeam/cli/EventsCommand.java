package dev.mabeam.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "events",
    description = "What happened in the cluster, oldest first.",
    mixinStandardHelpOptions = true)
final class EventsCommand implements Callable<Integer> {
  private static final long POLL_MILLIS = 500;
  private static final int REMEMBERED = 4_000;
  private static final Set<String> HEADER = Set.of("id", "origin", "number", "at", "type");
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneId.systemDefault());

  @Mixin private Client client;
  @Spec private CommandSpec spec;

  @Option(
      names = {"-f", "--follow"},
      description = "go on until interrupted; with -o json, one event a line")
  private boolean follow;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100",
      description = "how many at most (${DEFAULT-VALUE})")
  private int limit;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description = "only these: node, node.failed, verticle, audit, …")
  private String type;

  private final Map<String, Boolean> seen =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
          return size() > REMEMBERED;
        }
      };

  @Override
  public Integer call() throws InterruptedException {
    Api api = client.api();
    if (!follow) {
      List<JsonObject> events = fetch(api, limit);
      if (client.json()) {
        client.print(new JsonArray(events).encodePrettily());
      } else {
        events.forEach(event -> client.print(line(event)));
      }
      return ExitCodes.OK;
    }
    show(fetch(api, limit));
    boolean lost = false;
    while (true) {
      Thread.sleep(POLL_MILLIS);
      try {
        show(fetch(api, Math.max(limit, 500)));
        lost = false;
      } catch (CliException unreachable) {
        if (!lost) {
          Errors.print(spec.commandLine().getErr(), unreachable.getMessage(), "trying again");
        }
        lost = true;
      }
    }
  }

  private List<JsonObject> fetch(Api api, int count) {
    String filter = type == null ? "" : "&type=" + Api.segment(type);
    JsonObject answer = api.object("/api/v1/events?limit=" + count + filter);
    return answer.getJsonArray("events", new JsonArray()).stream().map(JsonObject.class::cast).toList();
  }

  private void show(List<JsonObject> events) {
    for (JsonObject event : events) {
      if (seen.put(event.getString("id"), true) == null) {
        client.print(client.json() ? event.encode() : line(event));
      }
    }
  }

  private static String line(JsonObject event) {
    String fields =
        event.stream()
            .filter(field -> !HEADER.contains(field.getKey()))
            .map(field -> field.getKey() + "=" + field.getValue())
            .collect(Collectors.joining(" "));
    return "%s  %-20s %s"
        .formatted(
            TIME.format(Instant.ofEpochMilli(event.getLong("at", 0L))),
            event.getString("type"),
            fields)
        .stripTrailing();
  }
}
