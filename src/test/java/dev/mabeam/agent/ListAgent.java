package dev.mabeam.agent;

import dev.mabeam.testing.check.AgentHistory.Activation;
import dev.mabeam.testing.check.AgentHistory.Message;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Its state is the list of the messages that it has had, and how often it has told which agent.
 * What it has, it writes into the history; it says in its state which activation gave it.
 *
 * <p>A message is {@code {"from":sender,"n":number}}; with {@code "to"} it tells that agent, with
 * {@code "ms"} it takes that long, with {@code "read"} it changes nothing.
 */
final class ListAgent implements Agent {
  static final String TYPE = "list";
  static final String DELTAS = "list of deltas";

  /** What a state says. */
  record State(long epoch, int first, List<Message> messages, Map<String, Integer> told) {
    int count() {
      return first + messages.size();
    }
  }

  private final AgentWorld world;
  private final boolean deltas;
  private AgentContext context;
  private List<Message> messages = new ArrayList<>();
  private Map<String, Integer> told = new TreeMap<>();
  private long restoredEpoch;
  private int restoredCount;
  private int given;
  private long began;

  ListAgent(AgentWorld world, boolean deltas) {
    this.world = world;
    this.deltas = deltas;
  }

  private Lives history() {
    return world.history;
  }

  @Override
  public Future<?> start(AgentContext context) {
    this.context = context;
    world.made(context.nodeId(), context.id(), this);
    return Future.succeededFuture();
  }

  /** It is an activation of that epoch from now on. */
  Activation began(long epoch) {
    Activation activation = new Activation(context.id(), epoch, context.nodeId());
    if (began != epoch) {
      began = epoch;
      history().began(activation, restoredEpoch, restoredCount);
    }
    return activation;
  }

  @Override
  public Future<?> receive(AgentMessage message) {
    JsonObject json = message.json();
    Activation activation = began(context.epoch());
    if (json.containsKey("read")) {
      return answer(json, activation);
    }
    Message sent = new Message(context.id(), json.getString("from"), json.getLong("n"));
    JsonObject cause = json.getJsonObject("cause");
    if (cause != null) {
      world.seen(
          new Message(cause.getString("agent"), cause.getString("from"), cause.getLong("n")),
          sent);
    }
    world.goesOn(context.id(), context.epoch());
    history().applied(sent, activation);
    messages.add(sent);
    world.applied(sent);
    String to = json.getString("to");
    if (to != null) {
      tell(to, sent);
    }
    return answer(json, activation);
  }

  private void tell(String to, Message cause) {
    int number = told.merge(to, 1, Integer::sum);
    Message letter = new Message(to, "a:" + context.id(), number);
    history().sent(letter);
    context
        .agents()
        .tell(
            to,
            new JsonObject()
                .put("from", letter.sender())
                .put("n", letter.sequence())
                .put(
                    "cause",
                    new JsonObject()
                        .put("agent", cause.agent())
                        .put("from", cause.sender())
                        .put("n", cause.sequence())))
        .onFailure(refused -> world.struck("letter " + refused.getMessage()));
  }

  private Future<?> answer(JsonObject json, Activation activation) {
    JsonObject answer =
        new JsonObject().put("epoch", activation.epoch()).put("count", messages.size());
    if (!messages.isEmpty()) {
      Message last = messages.get(messages.size() - 1);
      answer.put("last", new JsonObject().put("from", last.sender()).put("n", last.sequence()));
    }
    Integer millis = json.getInteger("ms");
    if (millis == null) {
      return Future.succeededFuture(answer);
    }
    Promise<Object> promise = Promise.promise();
    world.schedulerOf(context.nodeId())
        .after(Duration.ofMillis(millis), () -> promise.complete(answer));
    return promise.future();
  }

  @Override
  public Buffer snapshot() {
    began(context.epoch());
    given = messages.size();
    return encode(0);
  }

  @Override
  public Buffer delta() {
    if (!deltas) {
      return null;
    }
    if (given == messages.size()) {
      return Buffer.buffer();
    }
    Buffer delta = encode(given);
    given = messages.size();
    return delta;
  }

  private Buffer encode(int first) {
    Buffer to = Buffer.buffer();
    to.appendLong(context.epoch()).appendInt(first).appendInt(messages.size() - first);
    for (Message message : messages.subList(first, messages.size())) {
      text(to, message.sender());
      to.appendLong(message.sequence());
    }
    to.appendInt(told.size());
    told.forEach(
        (target, times) -> {
          text(to, target);
          to.appendInt(times);
        });
    return to;
  }

  private static void text(Buffer to, String text) {
    byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    to.appendInt(bytes.length).appendBytes(bytes);
  }

  /** What {@link #snapshot} or {@link #delta} has said. */
  static State decode(String agent, Buffer from) {
    int[] at = {16};
    List<Message> messages = new ArrayList<>();
    for (int i = 0; i < from.getInt(12); i++) {
      String sender = text(from, at);
      messages.add(new Message(agent, sender, from.getLong(at[0])));
      at[0] += 8;
    }
    Map<String, Integer> told = new TreeMap<>();
    int targets = from.getInt(at[0]);
    at[0] += 4;
    for (int i = 0; i < targets; i++) {
      String target = text(from, at);
      told.put(target, from.getInt(at[0]));
      at[0] += 4;
    }
    return new State(from.getLong(0), from.getInt(8), messages, told);
  }

  private static String text(Buffer from, int[] at) {
    int start = at[0] + 4;
    at[0] = start + from.getInt(at[0]);
    return from.getString(start, at[0]);
  }

  @Override
  public Future<?> restore(Buffer state, int version) {
    messages = new ArrayList<>();
    replay(state);
    return world.slowly(context.nodeId());
  }

  @Override
  public void replay(Buffer delta) {
    State state = decode(context.id(), delta);
    if (state.first() != messages.size()) {
      throw new IllegalStateException(
          "a delta from " + state.first() + " on " + messages.size() + " messages");
    }
    messages.addAll(state.messages());
    told = new TreeMap<>(state.told());
    restoredEpoch = state.epoch();
    restoredCount = messages.size();
    given = messages.size();
  }

  List<Message> messages() {
    return messages;
  }

  Map<String, Integer> told() {
    return told;
  }
}
