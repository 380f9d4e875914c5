package dev.mabeam.variable;

import dev.mabeam.bus.Addresses;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.ledger.Book;
import dev.mabeam.variable.ledger.Checkpoint;
import dev.mabeam.variable.ledger.Hash;
import dev.mabeam.variable.ledger.Roster;
import dev.mabeam.variable.ledger.Verifier;
import dev.mabeam.variable.sync.Synchronizer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * Gives the ledgers that are kept here as files, and checks them: every block anew, against the keys
 * that were decided. One that is not kept here is asked of a replica. Checking takes about a
 * millisecond a block, and is done on another thread.
 */
final class Ledgers {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private final VariableContext context;
  private final Replicas replicas;
  private final Synchronizer sync;
  private final Executor executor;

  Ledgers(VariableContext context, Replicas replicas, Synchronizer sync, Executor executor) {
    this.context = context;
    this.replicas = replicas;
    this.sync = sync;
    this.executor = executor;
  }

  Future<JsonObject> verify(VariableInfo variable) {
    requireLedger(variable);
    return isHere(variable)
        ? verifyHere(variable.name())
        : ask(variable, "verify").map(answer -> answer.getJsonObject("verdict"));
  }

  Future<Buffer> export(VariableInfo variable) {
    requireLedger(variable);
    return isHere(variable)
        ? Future.succeededFuture(Buffer.buffer(file(variable.name())))
        : ask(variable, "export").map(answer -> Buffer.buffer(Base64.getDecoder().decode(answer.getString("file"))));
  }

  private static void requireLedger(VariableInfo variable) {
    if (variable.options().sync() != SyncStrategy.BLOCKCHAIN) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "variable '" + variable.name() + "' has no chain of blocks",
          "only those that are distributed with the strategy blockchain have one");
    }
  }

  private boolean isHere(VariableInfo variable) {
    return isHere(variable.name());
  }

  private boolean isHere(String name) {
    Book book = replicas.ledger(name);
    return book != null && (book.isDecided() || replicas.serving(name) != null);
  }

  private byte[] file(String name) {
    context.definitions().definition(name).ifPresent(info -> sync.sealed(info.key()));
    return replicas.ledger(name).chain().export();
  }

  private Future<JsonObject> verifyHere(String name) {
    byte[] file = file(name);
    Book book = replicas.ledger(name);
    Optional<Checkpoint> kept =
        book.chain().certified().map(each -> book.chain().checkpoint(each.block()));
    List<Hash> trusted =
        context.definitions().ledger(name).decoded().stream().map(Roster::hash).toList();
    Promise<JsonObject> verdict = Promise.promise();
    executor.execute(
        () -> {
          // Whatever checking it throws is the outcome too.
          Future<JsonObject> checked =
              Future.succeededFuture(file)
                  .map(bytes -> Verifier.verify(bytes, trusted, kept).toJson());
          context
              .scheduler()
              .execute(
                  () ->
                      checked
                          .map(json -> json.put("node", context.nodeId()))
                          .onComplete(verdict));
        });
    return verdict.future();
  }

  private Future<JsonObject> ask(VariableInfo variable, String what) {
    List<String> others = new ArrayList<>(variable.replicas());
    others.remove(context.nodeId());
    JsonObject question =
        new JsonObject().put("v", 1).put("do", what).put("name", variable.name());
    Future<JsonObject> answer = Future.failedFuture(notHere(variable.name()));
    for (String node : others) {
      String address = Addresses.node(node, "variable", "ledger");
      answer =
          answer.recover(failure -> context.bus().request(address, question.copy(), DEADLINE));
    }
    return answer.otherwise(
        failure -> {
          throw notHere(variable.name());
        });
  }

  private static MabeamException notHere(String name) {
    return new MabeamException(
        ErrorCode.UNAVAILABLE, "no replica of '" + name + "' can be reached", "try again");
  }

  /** The other side. */
  Future<JsonObject> serve(JsonObject message) {
    String name = Remote.read(() -> message.getString("name"));
    Offered.requireName(name);
    if (!isHere(name)) {
      return Future.failedFuture(notHere(name));
    }
    return "export".equals(message.getString("do"))
        ? Future.succeededFuture(
            new JsonObject().put("file", Base64.getEncoder().encodeToString(file(name))))
        : verifyHere(name).map(verdict -> new JsonObject().put("verdict", verdict));
  }
}
