package dev.mabeam.dashboard;

import static dev.mabeam.dashboard.Exchange.answer;
import static dev.mabeam.dashboard.Exchange.body;
import static dev.mabeam.dashboard.Exchange.here;
import static dev.mabeam.dashboard.Exchange.path;
import static dev.mabeam.dashboard.Exchange.validated;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.Consistency;
import dev.mabeam.variable.ReadOptions;
import dev.mabeam.variable.SessionToken;
import dev.mabeam.variable.VariableInfo;
import dev.mabeam.variable.VariableValue;
import dev.mabeam.variable.Variables;
import dev.mabeam.variable.WriteOptions;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.openapi.validation.RequestParameter;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What the operations on variables do. */
final class VariableOperations {
  /** What a session has seen: the client gives back what it got with the answer before. */
  static final String TOKEN = "Mabeam-Token";

  /** How many variables there are, where not all of them are listed. */
  static final String TOTAL = "Mabeam-Total";

  private static final int LISTED = 1_000;
  private static final String PATH = "/api/v1/variables";
  /** A longer token is in the answer's body only. */
  private static final int LONGEST_HEADER = 8_192;

  private final ClusterAccess cluster;

  VariableOperations(ClusterAccess cluster) {
    this.cluster = cluster;
  }

  Map<String, Handler<RoutingContext>> handlers() {
    return Map.of(
        "listVariables", this::list,
        "distributeVariable", this::distribute,
        "getVariable", this::get,
        "setVariable", this::set,
        "deleteVariable", this::delete,
        "explainVariable", this::explain,
        "verifyVariable", this::verify,
        "exportVariable", this::export,
        "watchVariable", this::watch);
  }

  private void list(RoutingContext request) {
    Variables variables = cluster.variables();
    int limit = query(request, "limit").getInteger(LISTED);
    List<VariableInfo> some = variables.after(query(request, "after").getString(""), limit);
    request.response().putHeader(TOTAL, String.valueOf(variables.count()));
    answer(
        request, 200, new JsonArray(some.stream().map(VariableJson::definition).toList()));
  }

  private void distribute(RoutingContext request) {
    JsonObject wanted = body(request);
    String name = wanted.getString("name");
    Guard.target(request, name);
    here(request, cluster.variables().distribute(name, VariableJson.options(wanted)))
        .onComplete(
            known -> Exchange.created(request, PATH, name, VariableJson.definition(known)),
            request::fail);
  }

  private void get(RoutingContext request) {
    String name = path(request, "name");
    ReadOptions options =
        new ReadOptions(
            level(query(request, "consistency").getString()),
            token(request),
            query(request, "stale").getBoolean(false),
            deadline(request));
    Variables variables = cluster.variables();
    // As it is it may be answered at once.
    boolean usual = options.equals(ReadOptions.DEFAULT);
    answerWith(request, name, variables.get(name, usual ? ReadOptions.DEFAULT : options));
  }

  private void set(RoutingContext request) {
    String name = path(request, "name");
    JsonObject wanted = body(request);
    Guard.target(request, name);
    requireOneOf(wanted, List.of("value", "valueBytes"), "what is to be written");
    WriteOptions options =
        writeOptions(request, wanted.getString("acks"), wanted.getString("consistency"))
            .withGossipFanout(wanted.getInteger("gossipFanout", 0));
    answerWith(request, name, written(name, wanted, options));
  }

  private Future<VariableValue> written(String name, JsonObject wanted, WriteOptions options) {
    Variables variables = cluster.variables();
    Object value = VariableJson.take(wanted, "value");
    boolean compares = wanted.containsKey("expected") || wanted.containsKey("expectedBytes");
    JsonObject seen = wanted.getJsonObject("seen");
    if (compares && seen != null) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "a write has both an expected value and a version that was seen",
          "expected compares with the value, seen settles the versions that were read");
    }
    if (compares) {
      Object expected = VariableJson.take(wanted, "expected");
      return variables.compareAndSet(name, expected, value, options);
    }
    return seen == null
        ? variables.set(name, value, options)
        : variables.resolve(name, value, read(seen), options);
  }

  /** As it was read, as far as it matters for a write that has seen it. */
  private static VariableValue read(JsonObject version) {
    return new VariableValue(null, version, List.of(), "", false, SessionToken.EMPTY);
  }

  private void delete(RoutingContext request) {
    String name = path(request, "name");
    Guard.target(request, name);
    WriteOptions options =
        writeOptions(
            request, query(request, "acks").getString(), query(request, "consistency").getString());
    answerWith(request, name, cluster.variables().delete(name, options));
  }

  private void explain(RoutingContext request) {
    String name = path(request, "name");
    answer(request, 200, cluster.variables().explain(name).map(VariableJson::explanation));
  }

  private void verify(RoutingContext request) {
    answer(request, 200, cluster.variables().verify(path(request, "name")));
  }

  private void export(RoutingContext request) {
    here(request, cluster.variables().export(path(request, "name")))
        .onComplete(
            file -> answer(request, 200, AgentOperations.BYTES, file), request::fail);
  }

  private void watch(RoutingContext request) {
    VariableFeed.open(request, cluster.variables(), path(request, "name"));
  }

  private static void answerWith(
      RoutingContext request, String name, Future<VariableValue> outcome) {
    Future<JsonObject> told =
        outcome.map(
            value -> {
              String token = value.token().encode();
              if (!token.isEmpty() && token.length() <= LONGEST_HEADER) {
                request.response().putHeader(TOKEN, token);
              }
              return VariableJson.value(name, value);
            });
    answer(request, 200, told);
  }

  private static WriteOptions writeOptions(RoutingContext request, String acks, String level) {
    return new WriteOptions(acks == null ? WriteOptions.ONE : acks)
        .withConsistency(level(level))
        .withToken(token(request))
        .withDeadline(deadline(request));
  }

  private static SessionToken token(RoutingContext request) {
    return SessionToken.parse(request.request().getHeader(TOKEN));
  }

  private static Duration deadline(RoutingContext request) {
    long usual = WriteOptions.DEFAULT_DEADLINE.toMillis();
    return Duration.ofMillis(query(request, "timeoutMs").getLong(usual));
  }

  private static RequestParameter query(RoutingContext request, String name) {
    return validated(request).getQuery().get(name);
  }

  private static Consistency level(String word) {
    return word == null ? null : Consistency.of(word);
  }

  private static void requireOneOf(JsonObject body, List<String> fields, String what) {
    if (fields.stream().noneMatch(body::containsKey)) {
      throw new MabeamException(
          ErrorCode.INVALID, what + " is missing", "give " + String.join(" or ", fields));
    }
  }
}
