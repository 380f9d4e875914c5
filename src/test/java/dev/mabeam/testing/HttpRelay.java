package dev.mabeam.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * HTTP to a node of a {@link ProcessCluster}, wherever that is: a small process beside the node asks
 * it, and is told what to ask through a pipe, which no cut of the network reaches. It outlives the
 * node, and ends with this JVM.
 *
 * <p>Any thread. It says of every request what is certain: a {@link Kind#REFUSED} one has not
 * reached the node and never will, a {@link Kind#LOST} one may. No request is sent twice that
 * changes anything.
 */
public final class HttpRelay implements AutoCloseable {
  /** What became of a request. */
  public enum Kind {
    ANSWERED,
    /** Nobody listened: it was not sent. */
    REFUSED,
    /** No answer came, or the connection went. */
    LOST
  }

  /** An answer; without status and body if there was none. */
  public record Answer(Kind kind, int status, String body) {}

  /** How much longer than its patience a request waits for the process that sends it. */
  private static final Duration SLACK = Duration.ofSeconds(5);

  private static final Answer LOST = new Answer(Kind.LOST, 0, "");

  private final Process process;
  private final OutputStream input;
  private final AtomicLong last = new AtomicLong();
  private final Map<Long, CompletableFuture<Answer>> asked = new ConcurrentHashMap<>();

  private HttpRelay(Process process) {
    this.process = process;
    this.input = process.getOutputStream();
    Thread reader = new Thread(this::read, "answers of a node");
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts one beside {@code node}, which need not run. */
  public static HttpRelay to(ProcessCluster cluster, String node) {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
            "-Djava.net.preferIPv4Stack=true",
            "-cp", System.getProperty("java.class.path"), HttpRelay.class.getName(),
            cluster.url(node));
    try {
      return new HttpRelay(
          new ProcessBuilder(cluster.near(node, command))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /**
   * Sends a request; the future never fails.
   *
   * @param body JSON in one line; empty for none
   */
  public CompletableFuture<Answer> send(
      String method, String path, String body, Duration patience) {
    long id = last.incrementAndGet();
    CompletableFuture<Answer> answer =
        new CompletableFuture<Answer>()
            .completeOnTimeout(LOST, patience.plus(SLACK).toMillis(), TimeUnit.MILLISECONDS);
    asked.put(id, answer);
    String line = id + " " + patience.toMillis() + " " + method + " " + path + " " + body + "\n";
    try {
      synchronized (input) {
        input.write(line.getBytes(StandardCharsets.UTF_8));
        input.flush();
      }
    } catch (IOException ended) {
      lost(id);
    }
    return answer;
  }

  private void lost(long id) {
    CompletableFuture<Answer> answer = asked.remove(id);
    if (answer != null) {
      answer.complete(LOST);
    }
  }

  private void read() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split(" ", 4);
        CompletableFuture<Answer> answer = asked.remove(Long.parseLong(words[0]));
        if (answer != null) {
          answer.complete(
              new Answer(Kind.valueOf(words[1]), Integer.parseInt(words[2]), words[3]));
        }
      }
    } catch (IOException ended) {
      // Nothing more comes.
    }
    List.copyOf(asked.keySet()).forEach(this::lost);
  }

  /** Ends the process; what it was asked and has not answered is lost. */
  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- beside the node ------------------------------------------------------------------------

  /** Asks what it reads until there is nothing more to read. */
  public static void main(String[] args) throws IOException {
    HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] words = line.split(" ", 5);
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(args[0] + words[3]))
              .timeout(Duration.ofMillis(Long.parseLong(words[1])))
              .header("Content-Type", "application/json")
              .method(
                  words[2],
                  words[4].isEmpty()
                      ? HttpRequest.BodyPublishers.noBody()
                      : HttpRequest.BodyPublishers.ofString(words[4]))
              .build();
      http.sendAsync(request, HttpResponse.BodyHandlers.ofString())
          .handle((answer, failure) -> failure == null ? told(answer) : told(failure))
          .thenAccept(answer -> say(words[0] + " " + answer));
    }
    System.exit(0);
  }

  private static String told(HttpResponse<String> answer) {
    return Kind.ANSWERED + " " + answer.statusCode() + " "
        + answer.body().replace('\n', ' ').replace('\r', ' ');
  }

  private static String told(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return (cause instanceof ConnectException ? Kind.REFUSED : Kind.LOST) + " 0 ";
  }

  private static void say(String line) {
    PrintStream out = System.out;
    synchronized (out) {
      byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
      out.write(bytes, 0, bytes.length);
      out.flush();
    }
  }
}
