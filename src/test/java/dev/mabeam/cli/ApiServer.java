package dev.mabeam.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/** Answers as a node's API would: {@code "GET /path"} to status and body. */
final class ApiServer implements AutoCloseable {
  private record Answer(int status, String body, Map<String, String> headers) {}

  private final HttpServer server;
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();

  ApiServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "api-server");
              thread.setDaemon(true);
              return thread;
            }));
    server.createContext("/", this::handle);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  ApiServer answer(String request, int status, String body) {
    return answer(request, status, body, Map.of());
  }

  ApiServer answer(String request, int status, String body, Map<String, String> headers) {
    answers.put(request, new Answer(status, body, headers));
    return this;
  }

  /** {@code "POST /path Bearer-or-nothing body"} of each, then headers of ours, in order. */
  List<String> requests() {
    return requests;
  }

  private void handle(HttpExchange exchange) throws IOException {
    String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
    String token = exchange.getRequestHeaders().getFirst("Authorization");
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    requests.add((request + " " + (token == null ? "" : token + " ") + body).strip());
    exchange
        .getRequestHeaders()
        .forEach(
            (name, values) -> {
              if (name.toLowerCase(Locale.ROOT).startsWith("mabeam-")) {
                requests.add(name.toLowerCase(Locale.ROOT) + ": " + values.get(0));
              }
            });
    Answer answer = answers.get(request);
    if (answer == null) {
      answer =
          new Answer(
              404, "{\"error\":{\"code\":\"NOT_FOUND\",\"message\":\"nothing\"}}", Map.of());
    }
    if (answer.status() == 0) {
      return; // never answers
    }
    byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
    answer.headers().forEach(exchange.getResponseHeaders()::set);
    exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  void stop() {
    server.stop(0);
  }

  @Override
  public void close() {
    stop();
  }
}
