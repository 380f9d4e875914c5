package dev.mabeam.variable;

import dev.mabeam.time.Scheduler;
import dev.mabeam.variable.ledger.Book;
import io.vertx.core.Future;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Has it decided with which key this node signs the ledgers that it keeps: many in one command, one
 * command after the other, and again after a while if it fails. Until then it takes no writes of
 * them.
 */
final class KeyTelling {
  private static final System.Logger LOG = System.getLogger(KeyTelling.class.getName());
  private static final Duration AGAIN = Duration.ofSeconds(1);
  private static final int MOST = 500;

  private final VariableContext context;
  private final Replicas replicas;
  private final Set<String> untold = new LinkedHashSet<>();
  private Scheduler.Scheduled timer = () -> {};
  private boolean underWay;
  private boolean closed;

  KeyTelling(VariableContext context, Replicas replicas) {
    this.context = context;
    this.replicas = replicas;
  }

  /** Its definition or its keys have changed. */
  void look(String name) {
    if (isUntold(name)) {
      untold.add(name);
      tell();
    }
  }

  private boolean isUntold(String name) {
    Book book = replicas.ledger(name);
    VariableInfo info = context.definitions().definition(name).orElse(null);
    return book != null
        && info != null
        && info.replicas().contains(context.nodeId())
        && !encoded(book)
            .equals(context.definitions().ledger(name).keys().get(context.nodeId()));
  }

  private static String encoded(Book book) {
    return Base64.getEncoder().encodeToString(book.key().publicKey());
  }

  private void tell() {
    untold.removeIf(name -> !isUntold(name));
    if (underWay || closed || untold.isEmpty()) {
      return;
    }
    underWay = true;
    Map<String, List<String>> byKey = new LinkedHashMap<>();
    untold.stream()
        .limit(MOST)
        .forEach(
            name ->
                byKey
                    .computeIfAbsent(encoded(replicas.ledger(name)), key -> new ArrayList<>())
                    .add(name));
    List<Future<?>> told = new ArrayList<>();
    byKey.forEach(
        (key, names) ->
            told.add(
                context
                    .decisions()
                    .propose(
                        VariableDefinitions.NAME,
                        VariableDefinitions.key(names, context.nodeId(), key))));
    Future.all(told)
        .onComplete(
            done -> context.scheduler().execute(() -> ended(null)),
            failure -> context.scheduler().execute(() -> ended(failure)));
  }

  /** This node's copy may have yet to hear of what it told; then it looks again. */
  private void ended(Throwable failure) {
    if (failure != null) {
      LOG.log(Level.DEBUG, () -> "could not tell the key of " + context.nodeId() + ": " + failure);
    }
    if (!closed) {
      timer =
          context
              .scheduler()
              .after(
                  AGAIN,
                  () -> {
                    underWay = false;
                    tell();
                  });
    }
  }

  void close() {
    closed = true;
    timer.cancel();
  }
}
