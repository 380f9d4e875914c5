package dev.mabeam.dashboard;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.ReadOptions;
import dev.mabeam.variable.SessionToken;
import dev.mabeam.variable.SyncStrategy;
import dev.mabeam.variable.VariableChange;
import dev.mabeam.variable.VariableExplanation;
import dev.mabeam.variable.VariableInfo;
import dev.mabeam.variable.VariableOptions;
import dev.mabeam.variable.VariableValue;
import dev.mabeam.variable.Variables;
import dev.mabeam.variable.Watch;
import dev.mabeam.variable.WriteOptions;
import dev.mabeam.variable.ledger.Stores;
import dev.mabeam.variable.ledger.Verifier;
import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** Variables in memory, on one node. */
final class FakeVariables implements Variables {
  static final SessionToken TOKEN = SessionToken.of("total", VersionVector.of("s1", 1));

  final Map<String, VariableInfo> known = new ConcurrentSkipListMap<>();
  final Map<String, Optional<Object>> values = new ConcurrentHashMap<>();
  /** What the last calls were given. */
  volatile ReadOptions read = ReadOptions.DEFAULT;
  volatile WriteOptions written = WriteOptions.DEFAULT;
  volatile VariableValue seen;
  /** The file of every ledger. */
  volatile Buffer ledger = Buffer.buffer(new Stores(3, 1).forked().export());
  private final Map<String, Consumer<VariableChange>> watchers = new ConcurrentHashMap<>();

  @Override
  public Future<VariableInfo> distribute(String name, VariableOptions options) {
    VariableInfo info = new VariableInfo(name, options, "n1#1", 1, List.of("n1#1", "n2#2"));
    VariableInfo before = known.putIfAbsent(name, info);
    if (before != null && !before.equals(info)) {
      return fail(ErrorCode.CONFLICT, "variable '" + name + "' has other options");
    }
    values.putIfAbsent(name, Optional.ofNullable(options.value()));
    return Future.succeededFuture(info);
  }

  @Override
  public Future<VariableValue> get(String name, ReadOptions options) {
    read = options;
    return known.containsKey(name)
        ? Future.succeededFuture(value(name, options.token()))
        : noSuch(name);
  }

  private VariableValue value(String name, SessionToken token) {
    return new VariableValue(
        values.get(name).orElse(null), new JsonObject().put("s1", 1), List.of(), "n1#1", false,
        token.join(TOKEN), values.get(name).isEmpty());
  }

  private static <T> Future<T> noSuch(String name) {
    return fail(ErrorCode.NOT_FOUND, "there is no variable '" + name + "'");
  }

  @Override
  public Future<VariableValue> set(String name, Object value, WriteOptions options) {
    written = options;
    if (!known.containsKey(name)) {
      return noSuch(name);
    }
    values.put(name, Optional.ofNullable(value));
    VariableValue now = value(name, options.token());
    watchers.getOrDefault(name, change -> {}).accept(new VariableChange(name, now, 0));
    return Future.succeededFuture(now);
  }

  @Override
  public Future<VariableValue> compareAndSet(
      String name, Object expected, Object value, WriteOptions options) {
    return Objects.equals(values.getOrDefault(name, Optional.empty()).orElse(null), expected)
        ? set(name, value, options)
        : fail(ErrorCode.CONFLICT, "variable '" + name + "' has another value");
  }

  @Override
  public Future<VariableValue> update(
      String name, UnaryOperator<Object> change, WriteOptions options) {
    return set(name, change.apply(values.get(name).orElse(null)), options);
  }

  @Override
  public Future<VariableValue> delete(String name, WriteOptions options) {
    return set(name, null, options);
  }

  @Override
  public Future<VariableValue> resolve(
      String name, Object value, VariableValue before, WriteOptions options) {
    seen = before;
    return set(name, value, options);
  }

  @Override
  public Future<Watch> watch(String name, Consumer<VariableChange> watcher) {
    if (!known.containsKey(name)) {
      return noSuch(name);
    }
    watchers.put(name, watcher);
    return Future.succeededFuture(
        () -> {
          watchers.remove(name);
          return Future.succeededFuture();
        });
  }

  @Override
  public Future<VariableExplanation> explain(String name) {
    if (!known.containsKey(name)) {
      return noSuch(name);
    }
    JsonObject version = new JsonObject().put("s1", 1);
    Object value = values.get(name).orElse(null);
    return Future.succeededFuture(
        new VariableExplanation(
            known.get(name),
            List.of(
                new VariableExplanation.Standing(
                    "n1#1", "serving", version, value, List.of(3), false, false),
                new VariableExplanation.Standing(
                    "n2#2", "filling", new JsonObject(), null, List.of(), false, true))));
  }

  boolean isWatched(String name) {
    return watchers.containsKey(name);
  }

  @Override
  public Future<JsonObject> verify(String name) {
    return ledger(name)
        .map(
            chain -> Verifier.verify(chain.getBytes(), List.of(), Optional.empty()).toJson()
                .put("node", "n1#1"));
  }

  @Override
  public Future<Buffer> export(String name) {
    return ledger(name);
  }

  private Future<Buffer> ledger(String name) {
    if (!known.containsKey(name)) {
      return noSuch(name);
    }
    return known.get(name).options().sync() == SyncStrategy.BLOCKCHAIN
        ? Future.succeededFuture(ledger)
        : fail(ErrorCode.INVALID, "there is no ledger");
  }

  @Override
  public List<VariableInfo> list() {
    return List.copyOf(known.values());
  }

  private static <T> Future<T> fail(ErrorCode code, String message) {
    return Future.failedFuture(new MabeamException(code, message));
  }
}
