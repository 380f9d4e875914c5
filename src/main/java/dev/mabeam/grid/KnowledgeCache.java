package dev.mabeam.grid;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.infinispan.AdvancedCache;
import org.infinispan.commons.IllegalLifecycleStateException;
import org.infinispan.util.concurrent.TimeoutException;
import org.infinispan.context.Flag;
import org.infinispan.notifications.Listener;
import org.infinispan.notifications.cachelistener.annotation.CacheEntryCreated;
import org.infinispan.notifications.cachelistener.annotation.CacheEntryModified;
import org.infinispan.notifications.cachelistener.annotation.CacheEntryRemoved;
import org.infinispan.notifications.cachelistener.event.CacheEntryEvent;
import org.infinispan.partitionhandling.AvailabilityException;

/**
 * {@link Knowledge} in one replicated cache.
 *
 * <p>Reads go to the data container: no locks, no network, and never refused. Writes are handed to
 * a worker, since even Infinispan's asynchronous calls can block the caller. What a state transfer
 * brings or takes is not told by entry events, so {@link #refresh()} compares after view changes.
 */
@Listener(observation = Listener.Observation.POST)
final class KnowledgeCache implements Knowledge {
  /**
   * More than a request and a lock may take. What is written while two sides meet can get lost in
   * the cache, see {@link RegistryWrites}.
   */
  private static final Duration ANSWER = Duration.ofSeconds(20);

  private final AdvancedCache<String, String> cache;
  private final WorkerExecutor worker;
  private final Context context;
  private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
  /** What listeners were told last; only touched on the context. */
  private final Map<String, String> told = new HashMap<>();

  KnowledgeCache(AdvancedCache<String, String> cache, WorkerExecutor worker, Context context) {
    this.cache = cache.withFlags(Flag.IGNORE_RETURN_VALUES);
    this.worker = worker;
    this.context = context;
    told.putAll(contents());
    cache.addListener(this);
  }

  @Override
  public Future<Void> put(String key, JsonObject value) {
    String text = value.encode();
    return write("put", key, () -> cache.putAsync(key, text));
  }

  @Override
  public Future<Void> remove(String key) {
    return write("remove", key, () -> cache.removeAsync(key));
  }

  @Override
  public Map<String, JsonObject> entries() {
    Map<String, JsonObject> entries = new HashMap<>();
    contents().forEach((key, text) -> entries.put(key, new JsonObject(text)));
    return entries;
  }

  @Override
  public boolean has(String key) {
    return text(key) != null;
  }

  @Override
  public Runnable onChange(Consumer<String> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /** Tells of what changed without an event; on the context. */
  void refresh() {
    Map<String, String> now = contents();
    List.copyOf(told.keySet()).stream().filter(key -> !now.containsKey(key)).forEach(this::tell);
    now.keySet().forEach(this::tell);
  }

  /** Called by Infinispan. */
  @CacheEntryCreated
  @CacheEntryModified
  @CacheEntryRemoved
  public void changed(CacheEntryEvent<String, String> event) {
    String key = event.getKey();
    context.runOnContext(none -> tell(key));
  }

  private void tell(String key) {
    String now = text(key);
    String before = now == null ? told.remove(key) : told.put(key, now);
    if (!Objects.equals(now, before)) {
      listeners.forEach(listener -> listener.accept(key));
    }
  }

  private String text(String key) {
    var entry = cache.getDataContainer().peek(key);
    return entry == null ? null : entry.getValue();
  }

  private Map<String, String> contents() {
    Map<String, String> contents = new HashMap<>();
    cache.getDataContainer().forEach(entry -> contents.put(entry.getKey(), entry.getValue()));
    return contents;
  }

  private Future<Void> write(String verb, String key, Callable<CompletionStage<?>> call) {
    return worker
        .executeBlocking(call)
        .compose(stage -> Future.fromCompletionStage(stage, context))
        .timeout(ANSWER.toSeconds(), TimeUnit.SECONDS)
        .<Void>mapEmpty()
        .recover(failure -> Future.failedFuture(explain(verb, key, failure)));
  }

  private MabeamException explain(String verb, String key, Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    String what = "could not " + verb + " '" + key + "' in " + cache.getName() + ": ";
    if (cause instanceof AvailabilityException) {
      return new MabeamException(
          ErrorCode.READ_ONLY,
          what + "this part of the cluster has no majority",
          "it heals by itself when the nodes see each other again");
    }
    if (cause instanceof TimeoutException
        || cause instanceof java.util.concurrent.TimeoutException) {
      return new MabeamException(ErrorCode.TIMEOUT, what + cause.getMessage(), "try again");
    }
    if (cause instanceof IllegalLifecycleStateException) {
      return new MabeamException(ErrorCode.UNAVAILABLE, what + "the node is stopping");
    }
    return new MabeamException(ErrorCode.INTERNAL, what + cause, "", cause);
  }
}
