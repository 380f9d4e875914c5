package dev.mabeam.dashboard;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * The dashboard's files, from the class path only: never from the working directory, and without a
 * cache on disk, so that a read-only container serves them too. Browsers ask each time whether a
 * file has changed (ETag), since a file keeps its URL from version to version.
 *
 * <p>What is not there goes to the next handler.
 */
final class WebRoot implements Handler<RoutingContext> {
  private static final String ROOT = "webroot";
  /** No dot at the start of a name, so neither {@code ..} nor hidden files. */
  private static final Pattern PATH = Pattern.compile("(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+");
  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "json", "application/json",
          "svg", "image/svg+xml",
          "png", "image/png",
          "ico", "image/x-icon",
          "woff2", "font/woff2",
          "webmanifest", "application/manifest+json",
          "txt", "text/plain; charset=utf-8");

  private record Page(Buffer bytes, String type, String etag) {}

  private final Vertx vertx;
  private final Map<String, Page> pages = new ConcurrentHashMap<>();

  WebRoot(Vertx vertx) {
    this.vertx = vertx;
  }

  @Override
  public void handle(RoutingContext request) {
    String path = request.normalizedPath();
    String file = path.endsWith("/") ? path + "index.html" : path;
    HttpMethod method = request.request().method();
    boolean read = method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD);
    if (!read || !PATH.matcher(file).matches() || typeOf(file) == null) {
      request.next();
      return;
    }
    Page known = pages.get(file);
    if (known != null) {
      send(request, known);
      return;
    }
    vertx
        .executeBlocking(() -> load(file), false)
        .onComplete(
            page -> page.ifPresentOrElse(found -> send(request, found), request::next),
            request::fail);
  }

  private Optional<Page> load(String file) throws IOException {
    URL url = WebRoot.class.getClassLoader().getResource(ROOT + file);
    if (url == null) {
      return Optional.empty();
    }
    URLConnection connection = url.openConnection();
    connection.setUseCaches(false);
    try (InputStream in = connection.getInputStream()) {
      byte[] bytes = in.readAllBytes();
      Page page = new Page(Buffer.buffer(bytes), typeOf(file), etag(bytes));
      // In a jar nothing changes; under target/classes a developer sees an edit at once.
      if (!url.getProtocol().equals("file")) {
        pages.put(file, page);
      }
      return Optional.of(page);
    }
  }

  private static void send(RoutingContext request, Page page) {
    request
        .response()
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
        .putHeader(HttpHeaders.ETAG, page.etag);
    if (page.etag.equals(request.request().getHeader(HttpHeaders.IF_NONE_MATCH))) {
      request.response().setStatusCode(304).end();
      return;
    }
    request.response().putHeader(HttpHeaders.CONTENT_TYPE, page.type);
    if (request.request().method().equals(HttpMethod.HEAD)) {
      String length = String.valueOf(page.bytes.length());
      request.response().putHeader(HttpHeaders.CONTENT_LENGTH, length).end();
    } else {
      request.response().end(page.bytes);
    }
  }

  private static String typeOf(String file) {
    return TYPES.get(file.substring(file.lastIndexOf('.') + 1));
  }

  private static String etag(byte[] bytes) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return '"' + HexFormat.of().formatHex(digest, 0, 12) + '"';
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError(impossible);
    }
  }
}
