package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.grid.Knowledge;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** One map for all nodes of a test; it counts the writes, and may refuse them. */
final class MapKnowledge implements Knowledge {
  final AtomicInteger writes = new AtomicInteger();
  volatile boolean readOnly;
  private final Map<String, String> entries = new ConcurrentSkipListMap<>();

  @Override
  public Future<Void> put(String key, JsonObject value) {
    String text = value.encode();
    return write(() -> entries.put(key, text));
  }

  @Override
  public Future<Void> remove(String key) {
    return write(() -> entries.remove(key));
  }

  private Future<Void> write(Runnable write) {
    if (readOnly) {
      return Future.failedFuture(new MabeamException(ErrorCode.READ_ONLY, "no majority"));
    }
    writes.incrementAndGet();
    write.run();
    return Future.succeededFuture();
  }

  @Override
  public Map<String, JsonObject> entries() {
    Map<String, JsonObject> copy = new TreeMap<>();
    entries.forEach((key, text) -> copy.put(key, new JsonObject(text)));
    return copy;
  }

  @Override
  public Runnable onChange(Consumer<String> listener) {
    throw new UnsupportedOperationException();
  }
}
