package dev.mabeam.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sample's verticles on one Vert.x, without a cluster. */
class SampleTest {
  @TempDir Path directory;
  private Vertx vertx;

  @BeforeEach
  void deploy() throws Exception {
    vertx = Vertx.vertx();
    for (String counter : new String[] {"c0", "c1", "c2"}) {
      vertx
          .deployVerticle(new CounterVerticle(), options(new JsonObject().put("address", counter)))
          .await(10, TimeUnit.SECONDS);
    }
    JsonArray roots = new JsonArray().add(directory.toUri().toString());
    vertx
        .deployVerticle(
            new ReaderVerticle(),
            options(new JsonObject().put("address", "r").put("roots", roots)))
        .await(10, TimeUnit.SECONDS);
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  @Test
  void shouldCountAsTheOrdinaryToolsDo() throws Exception {
    Random random = new Random(7);
    for (int size : new int[] {0, 1, 100, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3_000_000}) {
      byte[] bytes = new byte[size];
      random.nextBytes(bytes);
      for (int i = 0; i < size; i++) {
        bytes[i] = bytes[i] == 0 ? (byte) ' ' : bytes[i];
      }
      Files.write(directory.resolve("random-" + size), bytes);
    }
    Files.writeString(
        directory.resolve("words"), "Grüße, Welt! x2 X2\nno newline", StandardCharsets.UTF_8);

    long words = 0;
    for (Path file : files()) {
      words += read(1, file);
    }

    Map<String, Long> counts = counts(1);
    assertEquals(byTools(), counts);
    assertEquals(words, counts.values().stream().mapToLong(Long::longValue).sum());
  }

  @Test
  void shouldCountOnceWhatIsAskedTwice() throws Exception {
    Path file = Files.writeString(directory.resolve("f"), "a b a");

    assertEquals(3, read(1, file));
    assertEquals(3, read(1, file));

    assertEquals(Map.of("a", 2L, "b", 1L), counts(1));
  }

  @Test
  void shouldCountOnceWhenAcknowledgementsAreLost() throws Exception {
    Path file = Files.writeString(directory.resolve("f"), "one two three four five");
    AtomicInteger lost = new AtomicInteger();
    vertx
        .eventBus()
        .addOutboundInterceptor(
            delivery -> {
              boolean reply = delivery.body() instanceof JsonObject body && body.isEmpty();
              if (!reply || lost.getAndIncrement() > 1) {
                delivery.next();
              }
            });

    assertEquals(5, read(1, file));

    assertEquals(5, counts(1).values().stream().mapToLong(Long::longValue).sum());
  }

  @Test
  void shouldForgetAPassWhenTheNextBegins() throws Exception {
    Path file = Files.writeString(directory.resolve("f"), "a b c d e f g");
    read(1, file);
    Files.writeString(file, "z");
    read(2, file);

    assertEquals(Map.of("z", 1L), counts(2));
    assertThrows(ReplyException.class, () -> read(1, file));
  }

  @Test
  void shouldRefuseAFileThatIsNotUnderItsRoots() {
    assertThrows(ReplyException.class, () -> read(1, Path.of("/etc/hostname")));
    assertThrows(
        ReplyException.class, () -> read(1, directory.resolve("../../../../etc/hostname")));
  }

  private static DeploymentOptions options(JsonObject config) {
    return new DeploymentOptions().setConfig(config);
  }

  private long read(long pass, Path file) throws Exception {
    JsonObject request =
        new JsonObject()
            .put("pass", pass)
            .put("file", file.toUri().toString())
            .put("counters", new JsonArray().add("c0").add("c1").add("c2"));
    return vertx
        .eventBus()
        .<JsonObject>request("r", request)
        .await(30, TimeUnit.SECONDS)
        .body()
        .getLong("words");
  }

  private Map<String, Long> counts(long pass) throws Exception {
    Map<String, Long> all = new TreeMap<>();
    for (String counter : new String[] {"c0", "c1", "c2"}) {
      String after = "";
      while (after != null) {
        JsonObject report =
            vertx
                .eventBus()
                .<JsonObject>request(
                    counter + ".report", new JsonObject().put("pass", pass).put("after", after))
                .await(10, TimeUnit.SECONDS)
                .body();
        report
            .getJsonObject("counts")
            .forEach(count -> all.put(count.getKey(), ((Number) count.getValue()).longValue()));
        after = report.getString("last");
      }
    }
    return all;
  }

  private Path[] files() throws IOException {
    try (var files = Files.list(directory)) {
      return files.toArray(Path[]::new);
    }
  }

  /** Each file as if it ended in a newline, through the tools of the sample's definition. */
  private Map<String, Long> byTools() throws Exception {
    Process tools =
        new ProcessBuilder(
                "bash",
                "-c",
                "for f in *; do cat \"$f\"; echo; done | tr 'A-Z' 'a-z'"
                    + " | LC_ALL=C tr -cs 'a-z0-9' '\\n' | grep . | sort | uniq -c")
            .directory(directory.toFile())
            .start();
    Map<String, Long> counts = new HashMap<>();
    new String(tools.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
        .lines()
        .map(line -> line.strip().split(" "))
        .forEach(count -> counts.put(count[1], Long.valueOf(count[0])));
    return new TreeMap<>(counts);
  }
}
