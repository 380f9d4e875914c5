package dev.mabeam.grid;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** One map for all nodes of a test; it counts what is put, and may refuse or keep it waiting. */
public final class MapKnowledge implements Knowledge {
  public final AtomicInteger puts = new AtomicInteger();
  public volatile boolean readOnly;
  /** Puts stay without an answer while it is set. */
  public volatile boolean putsHang;
  private final Map<String, String> entries = new ConcurrentSkipListMap<>();
  private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();

  @Override
  public Future<Void> put(String key, JsonObject value) {
    puts.incrementAndGet();
    String text = value.encode();
    return putsHang ? Promise.<Void>promise().future() : write(key, () -> entries.put(key, text));
  }

  @Override
  public Future<Void> remove(String key) {
    return write(key, () -> entries.remove(key));
  }

  private Future<Void> write(String key, Runnable write) {
    if (readOnly) {
      return Future.failedFuture(new MabeamException(ErrorCode.READ_ONLY, "no majority"));
    }
    write.run();
    listeners.forEach(listener -> listener.accept(key));
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
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /** It forgets everything, and tells nobody. */
  public void lose() {
    entries.clear();
  }
}
