package dev.mabeam.agent;

import dev.mabeam.agent.Numbering.Ticket;
import dev.mabeam.agent.Outbox.Letter;
import dev.mabeam.agent.Verdict.Kind;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * One agent, those that send to it, and a network that loses, doubles and reorders; everybody may
 * crash at any moment, and comes back, if at all, from the last checkpoint.
 *
 * <p>The oracle knows nothing of numbers: it has what each sender meant to send in which order,
 * what each was told, and the list that the agent's state is.
 */
final class OnceWorld {
  /** What is broken on purpose. */
  enum Broken {
    NOTHING,
    /** A client that starts again is the same sender again, and counts from 1. */
    POSITIONS_PER_CLIENT,
    FLOOR_IGNORED,
    ANSWERS_NOT_KEPT,
    GAP_NOT_WAITED_FOR,
    ANSWER_BEFORE_CHECKPOINT,
    SENDERS_NOT_IN_CHECKPOINT,
    OUTBOX_NOT_IN_CHECKPOINT
  }

  private static final long OLDEST = Senders.OLDEST.toMillis();
  private static final long PATIENCE = Duration.ofMinutes(10).toMillis();
  private static final int MOST_OPEN = 6;

  /** A message that somebody sends; {@code read} changes nothing. */
  private record Op(String id, boolean read) {}

  private record Request(Sending from, Op op, Stamp stamp) {}

  private record Reply(Sending to, Op op, KeptAnswer answer, MabeamException refusal) {}

  private record Floor(Stamp stamp) {}

  private final SplittableRandom random;
  private final Broken broken;
  private final List<Object> network = new ArrayList<>();
  private final List<String> wrong = new ArrayList<>();
  private long now = 1_000;

  // The agent.
  private List<String> state = new ArrayList<>();
  private Senders senders;
  private boolean dirty;
  private final List<Runnable> held = new ArrayList<>();
  // Its checkpoint.
  private List<String> keptState = List.of();
  private Buffer keptSenders = Buffer.buffer();

  private final List<Client> clients = new ArrayList<>();
  private Teller teller;
  private boolean quiet;

  OnceWorld(long seed, Broken broken) {
    random = new SplittableRandom(seed);
    this.broken = broken;
    senders = Senders.fresh("agent", 0, 0);
    for (int i = 0; i < 3; i++) {
      clients.add(new Client("c" + i, i == 2));
    }
    teller = new Teller();
  }

  /** What is wrong after so many steps, and once everything is quiet; empty if nothing is. */
  List<String> run(int steps) {
    for (int i = 0; i < steps; i++) {
      step();
    }
    quiet = true;
    clients.forEach(Client::giveUpOld);
    for (int round = 0; round < 50 && !isSettled(); round++) {
      clients.forEach(Client::sendAllAgain);
      teller.commit();
      teller.sendAgain();
      deliverAll();
      commit();
      deliverAll();
      now += 5_000;
    }
    if (!isSettled()) {
      wrong.add("not everything ends: " + clients.stream().map(c -> c.open.keySet()).toList()
          + " and " + teller.outbox.size() + " letters");
    }
    commit();
    check();
    return wrong;
  }

  private boolean isSettled() {
    return clients.stream().allMatch(client -> client.open.isEmpty()) && teller.outbox.isEmpty();
  }

  private void step() {
    Client client = clients.get(random.nextInt(clients.size()));
    switch (random.nextInt(24)) {
      case 0, 1, 2, 3 -> client.send();
      case 4, 5 -> client.sendAgain();
      case 6 -> {
        if (random.nextInt(6) == 0) {
          client.giveUp();
        }
      }
      case 7 -> {
        if (random.nextInt(20) == 0) {
          client.restart();
        }
      }
      case 8 -> commit();
      case 9 -> {
        if (random.nextInt(8) == 0) {
          crash();
        }
      }
      case 10 -> teller.tell();
      case 11 -> teller.commit();
      case 12 -> {
        if (random.nextInt(8) == 0) {
          teller.crash();
        }
      }
      case 13 -> teller.sendAgain();
      case 14 -> client.tellFloor();
      case 15 -> pass();
      default -> deliver();
    }
  }

  private void pass() {
    int dice = random.nextInt(60);
    if (dice > 1) {
      now += random.nextInt(2_000);
    } else {
      // Nothing is under way for so long.
      network.clear();
      now += dice == 0 ? 5 * PATIENCE : 20 * PATIENCE;
      clients.forEach(Client::giveUpOld);
    }
    senders.expire(now);
  }

  private void deliverAll() {
    while (!network.isEmpty()) {
      deliver();
    }
  }

  private void deliver() {
    if (network.isEmpty()) {
      return;
    }
    int which = random.nextInt(network.size());
    int dice = quiet ? 9 : random.nextInt(10);
    Object frame = dice == 0 ? network.get(which) : network.remove(which);
    if (dice == 1) {
      return;
    }
    if (frame instanceof Request request) {
      arrive(request);
    } else if (frame instanceof Reply reply) {
      reply.to().hear(reply);
    } else if (frame instanceof Floor floor) {
      senders.settled(floor.stamp().sender(), seen(floor.stamp()).floor(), now);
      runReady();
    }
  }

  private Stamp seen(Stamp stamp) {
    return switch (broken) {
      case FLOOR_IGNORED -> new Stamp(stamp.sender(), stamp.sequence(), 1, stamp.ageMillis());
      case GAP_NOT_WAITED_FOR ->
          new Stamp(stamp.sender(), stamp.sequence(), stamp.sequence(), stamp.ageMillis());
      default -> stamp;
    };
  }

  // What an agent does.

  private void arrive(Request request) {
    Delivery message = new Arrived(request);
    Verdict verdict = senders.arrive(message, now);
    if (verdict.kind() == Kind.RUN) {
      handle(message);
    } else if (verdict.kind() == Kind.ANSWERED) {
      say(request, verdict.answer());
    } else if (verdict.kind() == Kind.EXPIRED || verdict.kind() == Kind.OVERLOADED) {
      ErrorCode code =
          verdict.kind() == Kind.EXPIRED ? ErrorCode.SESSION_EXPIRED : ErrorCode.OVERLOADED;
      message.fail(new MabeamException(code, "refused"));
    }
    runReady();
  }

  private void runReady() {
    Delivery next;
    while ((next = senders.runnable()) != null) {
      handle(next);
    }
  }

  private void handle(Delivery message) {
    Op op = (Op) message.body();
    dirty |= !op.read() || senders.isToBeKept();
    if (!op.read()) {
      state.add(op.id());
    }
    KeptAnswer answer =
        message.asked() ? KeptAnswer.of(op.id() + "@" + (state.size() - 1)) : KeptAnswer.NONE;
    KeptAnswer kept = broken == Broken.ANSWERS_NOT_KEPT ? KeptAnswer.NONE : answer;
    List<Delivery> copies = senders.applied(message.stamp(), kept);
    say(((Arrived) message).request, answer);
    copies.forEach(copy -> say(((Arrived) copy).request, kept));
  }

  private void say(Request request, KeptAnswer answer) {
    Runnable reply = () -> network.add(new Reply(request.from(), request.op(), answer, null));
    if (dirty && broken != Broken.ANSWER_BEFORE_CHECKPOINT) {
      held.add(reply);
    } else {
      reply.run();
    }
  }

  private void commit() {
    keptState = List.copyOf(state);
    keptSenders = Buffer.buffer();
    senders.encode(keptSenders, now);
    dirty = false;
    held.forEach(Runnable::run);
    held.clear();
  }

  private void crash() {
    state = new ArrayList<>(keptState);
    senders =
        broken == Broken.SENDERS_NOT_IN_CHECKPOINT
            ? Senders.decode("agent", Buffer.buffer(), now)
            : Senders.decode("agent", keptSenders, now);
    dirty = false;
    held.clear();
  }

  private final class Arrived implements Delivery {
    private final Request request;

    Arrived(Request request) {
      this.request = request;
    }

    @Override
    public Stamp stamp() {
      return seen(request.stamp());
    }

    @Override
    public Object body() {
      return request.op();
    }

    @Override
    public boolean asked() {
      return !(request.from() instanceof Teller);
    }

    @Override
    public long deadlineNanos() {
      return (now + PATIENCE) * 1_000_000;
    }

    @Override
    public void taken(boolean told) {}

    @Override
    public void answer(Object value) {
      throw new AssertionError("answers are said by the world");
    }

    @Override
    public void fail(MabeamException why) {
      network.add(new Reply(request.from(), request.op(), null, why));
    }
  }

  // Who sends.

  private interface Sending {
    void hear(Reply reply);
  }

  /**
   * A client; one that is outside has a session, sends one at a time, tells no ages, and begins a
   * new session after it has given up.
   */
  private final class Client implements Sending {
    private final String name;
    private final boolean outside;
    private final List<List<Op>> meant = new ArrayList<>();
    private final TreeMap<String, String> told = new TreeMap<>();
    private TreeMap<String, Open> open = new TreeMap<>();
    private Numbering numbering;
    private long number;
    private long lastMillis;
    private int ops;

    private record Open(Op op, Ticket ticket, long number, long sinceMillis) {}

    Client(String name, boolean outside) {
      this.name = name;
      this.outside = outside;
      restart();
    }

    private String sender() {
      String session =
          broken == Broken.POSITIONS_PER_CLIENT ? name : name + "." + random.nextLong();
      return outside ? Stamp.ofSession(session) : Stamp.ofNode(session);
    }

    private String sender;

    void restart() {
      sender = sender();
      numbering = new Numbering(sender);
      number = 0;
      open = new TreeMap<>();
      meant.add(new ArrayList<>());
    }

    void send() {
      if (open.size() >= (outside ? 1 : MOST_OPEN)) {
        return;
      }
      if (outside && now - lastMillis > PATIENCE) {
        restart();
      }
      Op op = new Op(String.format("%s.%05d", name, ops++), random.nextInt(4) == 0);
      Ticket ticket = outside ? null : numbering.next("agent");
      Open added = new Open(op, ticket, ++number, now);
      open.put(op.id(), added);
      meant.get(meant.size() - 1).add(op);
      send(added, 0);
    }

    private void send(Open message, long age) {
      lastMillis = now;
      Stamp stamp =
          outside
              ? new Stamp(sender, message.number(), message.number(), Stamp.UNKNOWN)
              : message.ticket().stamp(age);
      network.add(new Request(this, message.op(), stamp));
    }

    void sendAgain() {
      if (!open.isEmpty()) {
        List<Open> all = List.copyOf(open.values());
        Open message = all.get(random.nextInt(all.size()));
        send(message, Math.max(1, now - message.sinceMillis()));
      }
    }

    void sendAllAgain() {
      List.copyOf(open.values()).forEach(message -> send(message, now - message.sinceMillis()));
    }

    void giveUp() {
      if (!open.isEmpty()) {
        List<Open> all = List.copyOf(open.values());
        end(all.get(random.nextInt(all.size())), false);
      }
    }

    void giveUpOld() {
      for (Open message : List.copyOf(open.values())) {
        if (now - message.sinceMillis() > OLDEST) {
          end(message, false);
        }
      }
    }

    private void end(Open message, boolean handled) {
      open.remove(message.op().id());
      if (outside && !handled) {
        restart();
      }
      if (message.ticket() != null && message.ticket().settle(handled, now)) {
        tellFloor();
      }
    }

    void tellFloor() {
      if (!outside && !open.isEmpty()) {
        network.add(new Floor(open.firstEntry().getValue().ticket().stamp(0)));
      }
    }

    @Override
    public void hear(Reply reply) {
      Open message = open.get(reply.op().id());
      if (message == null) {
        return;
      }
      if (reply.refusal() != null) {
        if (reply.refusal().code() == ErrorCode.SESSION_EXPIRED) {
          if (now - message.sinceMillis() <= OLDEST) {
            wrong.add(message.op() + " was refused, and is not old");
          }
          end(message, false);
        }
        return;
      }
      Object answer = reply.answer().value();
      told.put(message.op().id(), String.valueOf(answer));
      end(message, true);
    }
  }

  /** A durable agent that tells, with a checkpoint of its own. */
  private final class Teller implements Sending {
    private Outbox outbox = Outbox.fresh("teller", 7, 0);
    private List<String> said = new ArrayList<>();
    private final List<Letter> flying = new ArrayList<>();
    private List<String> keptSaid = List.of();
    private Buffer kept = Buffer.buffer();
    private int ops;
    private int life;

    Teller() {
      outbox.encode(kept);
    }

    void tell() {
      if (outbox.size() < MOST_OPEN) {
        String id = "t." + life + "." + ops++;
        outbox.add("agent", id);
        said.add(id);
      }
    }

    void commit() {
      int count = outbox.unsent();
      kept = Buffer.buffer();
      outbox.encode(kept);
      keptSaid = List.copyOf(said);
      outbox.release(count).forEach(this::send);
    }

    private void send(Letter letter) {
      flying.removeIf(other -> other.number() == letter.number());
      flying.add(letter);
      Op op = new Op((String) Body.decoded(letter.encoded()), false);
      network.add(new Request(this, op, outbox.stamp(letter)));
      outbox.unanswered(letter, now);
    }

    void sendAgain() {
      outbox.due(now + 20_000).forEach(this::send);
    }

    void crash() {
      life++;
      flying.clear();
      said = new ArrayList<>(keptSaid);
      outbox =
          broken == Broken.OUTBOX_NOT_IN_CHECKPOINT
              ? Outbox.fresh("teller", 7, 0)
              : Outbox.decode("teller", 7, 0, kept);
      outbox.due(now).forEach(this::send);
    }

    @Override
    public void hear(Reply reply) {
      if (reply.refusal() != null) {
        if (reply.refusal().code() == ErrorCode.SESSION_EXPIRED) {
          wrong.add("letter " + reply.op() + " was refused");
        }
        return;
      }
      for (Letter letter : List.copyOf(flying)) {
        if (Body.decoded(letter.encoded()).equals(reply.op().id())) {
          flying.remove(letter);
          outbox.acknowledged(letter);
        }
      }
    }
  }

  // The oracle.

  private void check() {
    Set<String> seen = new HashSet<>();
    for (String id : state) {
      if (!seen.add(id)) {
        wrong.add(id + " was applied twice");
      }
    }
    for (Client client : clients) {
      client.told.forEach((id, answer) -> checkAnswer(id, answer, client));
      for (List<Op> session : client.meant) {
        inOrder(session.stream().map(Op::id).toList(), client.name);
      }
    }
    teller.commit();
    List<String> told = state.stream().filter(id -> id.startsWith("t.")).toList();
    if (!told.equals(teller.said)) {
      wrong.add("told was " + teller.said + ", and applied " + told);
    }
  }

  private void checkAnswer(String id, String answer, Client client) {
    String[] parts = answer.split("@");
    if (!parts[0].equals(id)) {
      wrong.add(id + " was answered with " + answer);
      return;
    }
    boolean read =
        client.meant.stream().flatMap(List::stream).anyMatch(op -> op.id().equals(id) && op.read());
    int index = Integer.parseInt(parts[1]);
    if (!read && (index >= state.size() || !state.get(index).equals(id))) {
      wrong.add(id + " was acknowledged as " + answer + " and is not there");
    }
  }

  private void inOrder(List<String> meant, String who) {
    int last = -1;
    for (String id : meant) {
      int at = state.indexOf(id);
      if (at >= 0 && at < last) {
        wrong.add(id + " of " + who + " was applied before what it was sent after");
      }
      last = Math.max(last, at);
    }
  }
}
