package dev.mabeam.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * One node's HTTP API. Every call blocks until its answer or its deadline. What a node answers with
 * an error is thrown as the {@link MabeamException} that it describes; a node that cannot be
 * reached is a {@link CliException} that exits with 4.
 */
final class Api {
  /** A node that streams writes a line at least every 10 s. */
  private static final Duration SILENCE = Duration.ofSeconds(30);

  private final String url;
  private final String token;
  private final Duration timeout;
  private final HttpClient http;

  Api(String url, String token, Duration timeout) {
    this.url = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    this.token = token;
    this.timeout = timeout.isZero() ? Duration.ofMillis(1) : timeout;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(this.timeout)
            .build();
  }

  JsonObject object(String path) {
    return object(path, Map.of());
  }

  JsonObject object(String path, Map<String, String> headers) {
    return asObject(call("GET", path, null, headers));
  }

  JsonArray array(String path) {
    return asArray(call("GET", path, null));
  }

  /**
   * Some of many.
   *
   * @param total how many there are
   */
  record Page(JsonArray rows, long total) {}

  /** An answer that says beside it of how many it is a part; of a node that does not say so, all. */
  Page page(String path) {
    HttpResponse<String> response = answered("GET", path, null, Map.of());
    JsonArray rows = asArray(response.body());
    return new Page(
        rows, response.headers().firstValueAsLong("Mabeam-Total").orElse(rows.size()));
  }

  private JsonArray asArray(String body) {
    try {
      return new JsonArray(body);
    } catch (DecodeException | ClassCastException notJson) {
      throw notMabeam(body);
    }
  }

  /** The answer, or an empty object if there is none; {@code body} may be null. */
  JsonObject post(String path, JsonObject body) {
    return asObject(call("POST", path, body == null ? null : body.encode()));
  }

  JsonObject put(String path, JsonObject body, Map<String, String> headers) {
    return asObject(call("PUT", path, body.encode(), headers));
  }

  /** An answer that is no text. */
  byte[] bytes(String path) {
    HttpResponse<byte[]> response =
        exchange(request("GET", path, null, Map.of()), BodyHandlers.ofByteArray());
    String text = new String(response.body(), UTF_8);
    if (response.statusCode() / 100 != 2) {
      throw failure(response.statusCode(), text);
    }
    String type = response.headers().firstValue("Content-Type").orElse("");
    if (!type.startsWith("application/octet-stream")) {
      throw notMabeam(text);
    }
    return response.body();
  }

  /** Posts any JSON value; the answer as it came. */
  String send(String path, Object value) {
    return send(path, value, Map.of());
  }

  /** The same, with these headers. */
  String send(String path, Object value, Map<String, String> headers) {
    return call("POST", path, Json.encode(value), headers);
  }

  void delete(String path) {
    call("DELETE", path, null);
  }

  /** The answer, or an empty object if there is none. */
  JsonObject delete(String path, Map<String, String> headers) {
    return asObject(call("DELETE", path, null, headers));
  }

  /**
   * Reads lines as they come, until {@code more} wants no more of them or the node ends them. Empty
   * ones only say that the node is there; after {@link #SILENCE} without one it is not.
   */
  void lines(String path, Predicate<String> more) {
    HttpResponse<InputStream> response = exchange(request("GET", path, null, Map.of()), BodyHandlers.ofInputStream());
    AtomicLong heard = new AtomicLong(System.nanoTime());
    try (InputStream body = response.body();
        BufferedReader lines = new BufferedReader(new InputStreamReader(body, UTF_8))) {
      if (response.statusCode() / 100 != 2) {
        throw failure(response.statusCode(), lines.lines().collect(Collectors.joining("\n")));
      }
      Thread watchdog = new Thread(() -> closeWhenSilent(body, heard), "mabeam-silence");
      watchdog.setDaemon(true);
      watchdog.start();
      String line = lines.readLine();
      while (line != null && (line.isEmpty() || more.test(line))) {
        heard.set(System.nanoTime());
        line = lines.readLine();
      }
      watchdog.interrupt();
    } catch (IOException | UncheckedIOException broken) {
      throw unreachable(Reasons.of(broken));
    }
  }

  private static void closeWhenSilent(InputStream body, AtomicLong heard) {
    try {
      while (System.nanoTime() - heard.get() < SILENCE.toNanos()) {
        Thread.sleep(1_000);
      }
      body.close();
    } catch (InterruptedException | IOException ended) {
      // Whoever reads knows.
    }
  }

  /** True if {@code path} answers 200, false if it answers something else or not at all. */
  boolean ok(String path) {
    try {
      return exchange("GET", path, null, Map.of()).statusCode() == 200;
    } catch (CliException | MabeamException unreachable) {
      return false;
    }
  }

  /** What {@code path} answers with whatever status; empty if that is no JSON. */
  JsonObject whateverStatus(String path) {
    try {
      return new JsonObject(exchange("GET", path, null, Map.of()).body());
    } catch (DecodeException | ClassCastException notJson) {
      return new JsonObject();
    }
  }

  String url() {
    return url;
  }

  /** {@code segment} as it stands in a path: a node's id contains a {@code #}. */
  static String segment(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private String call(String method, String path, String body) {
    return call(method, path, body, Map.of());
  }

  private String call(String method, String path, String body, Map<String, String> headers) {
    return answered(method, path, body, headers).body();
  }

  private HttpResponse<String> answered(
      String method, String path, String body, Map<String, String> headers) {
    HttpResponse<String> response = exchange(method, path, body, headers);
    if (response.statusCode() / 100 != 2) {
      throw failure(response.statusCode(), response.body());
    }
    return response;
  }

  private HttpResponse<String> exchange(
      String method, String path, String body, Map<String, String> headers) {
    return exchange(request(method, path, body, headers), BodyHandlers.ofString());
  }

  private <T> HttpResponse<T> exchange(HttpRequest request, HttpResponse.BodyHandler<T> body) {
    try {
      return http.send(request, body);
    } catch (HttpTimeoutException slow) {
      if (slow instanceof java.net.http.HttpConnectTimeoutException) {
        throw unreachable("no answer");
      }
      throw new MabeamException(
          ErrorCode.TIMEOUT,
          url + " did not answer within " + timeout.toMillis() + " ms",
          "whether the request took effect is unknown; --timeout waits longer");
    } catch (java.net.ConnectException refused) {
      throw unreachable(refusal(refused));
    } catch (IOException broken) {
      throw unreachable(Reasons.of(broken));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new CliException(ExitCodes.FAILED, "interrupted", "");
    }
  }

  /** The JDK's client says nothing at all where a name has no address. */
  private static String refusal(java.net.ConnectException refused) {
    for (Throwable cause = refused; cause != null; cause = cause.getCause()) {
      if (cause instanceof java.nio.channels.UnresolvedAddressException) {
        return "its host name is not known";
      }
    }
    return refused.getMessage() == null ? "connection refused" : refused.getMessage();
  }

  private HttpRequest request(
      String method, String path, String body, Map<String, String> headers) {
    URI uri;
    try {
      uri = URI.create(url + path);
      if (uri.getHost() == null || !uri.getScheme().startsWith("http")) {
        throw new IllegalArgumentException();
      }
    } catch (IllegalArgumentException | NullPointerException notUrl) {
      throw new CliException(
          ExitCodes.USAGE,
          "'" + url + "' is no URL of a node",
          "write it as " + Client.DEFAULT_URL);
    }
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(timeout);
    headers.forEach(request::header);
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    if (body == null) {
      return request.method(method, BodyPublishers.noBody()).build();
    }
    return request
        .header("Content-Type", "application/json")
        .method(method, BodyPublishers.ofString(body))
        .build();
  }

  private CliException unreachable(String reason) {
    return new CliException(
        ExitCodes.NOT_REACHABLE,
        "no node can be reached at " + url + ": " + reason,
        "start one with 'mabeam demo' or 'mabeam node', or name another with --url or MABEAM_URL");
  }

  private JsonObject asObject(String body) {
    if (body.isBlank()) {
      return new JsonObject();
    }
    try {
      return new JsonObject(body);
    } catch (DecodeException | ClassCastException notJson) {
      throw notMabeam(body);
    }
  }

  private RuntimeException failure(int status, String body) {
    try {
      JsonObject error = new JsonObject(body).getJsonObject("error");
      if (error != null && error.getString("code") != null) {
        return MabeamException.fromJson(error);
      }
    } catch (DecodeException | ClassCastException notOurs) {
      // Falls through: something else than a node answers there.
    }
    return notMabeam("status " + status);
  }

  private CliException notMabeam(String answer) {
    String shown = answer.length() > 60 ? answer.substring(0, 60) + "…" : answer;
    return new CliException(
        ExitCodes.NOT_REACHABLE,
        "what answers at " + url + " is no mabeam node: " + shown.strip(),
        "name a node with --url or MABEAM_URL");
  }
}
