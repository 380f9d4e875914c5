package dev.mabeam.variable;

import dev.mabeam.bus.Addresses;
import dev.mabeam.bus.Bus;
import dev.mabeam.variable.VariableExplanation.Standing;
import dev.mabeam.variable.consistency.Strong;
import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Asks every replica of a variable what it has, for whoever wants to see who lacks what. Each answer
 * is of another moment: while it is written, replicas are behind each other all the time. One that
 * does not answer within {@link #DEADLINE} is unreachable, and holds up nobody else's answer.
 *
 * <p>On the room's thread.
 */
final class Standings {
  static final Duration DEADLINE = Duration.ofSeconds(2);

  private final String self;
  private final Bus bus;
  private final VariableDefinitions definitions;
  private final ReplicaStore store;
  /** What this node's copy of the log has of a strong variable. */
  private final Function<VariableInfo, VariableValue> decided;

  Standings(VariableContext context, Function<VariableInfo, VariableValue> decided) {
    self = context.nodeId();
    bus = context.bus();
    definitions = context.definitions();
    store = context.store();
    this.decided = decided;
  }

  Future<Bus.Registration> serve() {
    return bus.serve(address(self), this::answer);
  }

  private static String address(String node) {
    return Addresses.node(node, "variable", "standing");
  }

  Future<VariableExplanation> of(VariableInfo info) {
    List<Future<Standing>> asked = info.replicas().stream().map(node -> ask(node, info)).toList();
    return Future.all(asked)
        .map(
            all ->
                new VariableExplanation(
                    info, compared(asked.stream().map(Future::result).toList())));
  }

  private static List<Standing> compared(List<Standing> standings) {
    VersionVector all =
        standings.stream()
            .map(Standings::received)
            .reduce(VersionVector.EMPTY, VersionVector::join);
    return standings.stream()
        .map(
            each ->
                each.behind(
                    !each.role().equals(VariableExplanation.UNREACHABLE)
                        && !received(each).containsAll(all)))
        .toList();
  }

  private static VersionVector received(Standing standing) {
    return VersionVector.fromJson(standing.version());
  }

  private Future<Standing> ask(String node, VariableInfo info) {
    if (node.equals(self)) {
      return Future.succeededFuture(here(info));
    }
    return bus.request(
            address(node), new JsonObject().put("v", 1).put("name", info.name()), DEADLINE)
        .map(answer -> Remote.read(() -> standing(node, answer)))
        .otherwise(failure -> Standing.unreachable(node));
  }

  private Future<JsonObject> answer(JsonObject question) {
    return Remote.read(
        () -> {
          String name = question.getString("name");
          Offered.requireName(name);
          Standing here =
              definitions.definition(name).map(this::here).orElseGet(this::absent);
          JsonArray siblings = new JsonArray();
          here.siblings()
              .forEach(each -> siblings.add(Values.put(new JsonObject(), "value", each)));
          return Future.succeededFuture(
              Values.put(new JsonObject(), "value", here.value())
                  .put("v", 1)
                  .put("role", here.role())
                  .put("version", here.version())
                  .put("beside", siblings)
                  .put("hidden", here.hidden()));
        });
  }

  private static Standing standing(String node, JsonObject answer) {
    List<Object> siblings = new ArrayList<>();
    for (Object each : answer.getJsonArray("beside")) {
      siblings.add(Values.take((JsonObject) each, "value"));
    }
    return new Standing(
        node,
        answer.getString("role"),
        answer.getJsonObject("version"),
        Values.take(answer, "value"),
        siblings,
        answer.getBoolean("hidden", false),
        false);
  }

  private Standing absent() {
    return new Standing(self, "absent", new JsonObject(), null, List.of(), false, false);
  }

  private Standing here(VariableInfo info) {
    if (info.options().consistency() == Consistency.STRONG) {
      VariableValue value = decided.apply(info);
      JsonObject version = value.version().getLong(Strong.LOG) == 0 ? new JsonObject() : value.version();
      return new Standing(self, "log", version, value.value(), List.of(), false, false);
    }
    Replica replica = store.get(info.name());
    if (replica == null || !replica.key().equals(info.key())) {
      return absent();
    }
    Replica.View view = replica.view();
    boolean readable = !view.shown().live().isEmpty() && !view.resolution().isMissing();
    return new Standing(
        self,
        Words.of(view.role()),
        view.state().seen().toJson(),
        readable ? view.value() : null,
        readable ? view.siblings() : List.of(),
        !view.shown().seen().containsAll(view.state().seen()),
        false);
  }
}
