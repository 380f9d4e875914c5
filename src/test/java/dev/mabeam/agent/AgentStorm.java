package dev.mabeam.agent;

import dev.mabeam.agent.AgentWorld.Machine;
import dev.mabeam.agent.AgentWorld.Stay;
import dev.mabeam.agent.AgentWorld.Variant;
import dev.mabeam.checkpoint.CheckpointSet;
import dev.mabeam.checkpoint.SetChooser;
import dev.mabeam.consensus.Members;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.Member;
import dev.mabeam.testing.check.AgentHistory.Message;
import dev.mabeam.testing.check.AgentHistoryChecker;
import dev.mabeam.testing.check.AgentHistoryChecker.Violation;
import dev.mabeam.testing.sim.SimNetwork;
import dev.mabeam.testing.sim.SimNode;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * Agents that are asked and told, and tell each other, while they are moved, their nodes drained,
 * crashed, paused and cut off, and decisions are in doubt; then calm, in which every agent has to
 * run somewhere, with a set of stores as it should be and nothing left to deliver. What happened is
 * checked by {@link AgentHistoryChecker}, and what the agents have become by this.
 */
final class AgentStorm {
  /** What can be struck where an agent comes to a step. */
  enum Blow {
    CRASH,
    CRASH_KEEPING_STORE,
    CRASH_OF_OTHER,
    PAUSE,
    PAUSE_OF_OTHER,
    /** Until somebody else has sealed the agent, which it hears of much later. */
    PAUSE_UNTIL_SEALED,
    CUT,
    ONE_WAY_CUT,
    ISOLATION,
    LOSS,
    LATENESS,
    DECISION_IN_DOUBT
  }

  /** Where an agent can be struck: the steps of a move, of a recovery, and of its set. */
  static final List<String> STEPS =
      List.of(
          "RESERVED", "PAUSED", "RECEIVED", "RESTORED", "FLIPPING", "FLIPPED", "FORWARDED",
          "RUNNING", "SEAL", "SEALED", "OPEN", "WRITE", "WRITTEN", "DROP", "CHANGE", "FILLED");

  /** Of so many crashes with the store, one may take the last store that has an agent. */
  private static final int LOSES_ONE_OF = 4;

  private static final Duration STORM = Duration.ofSeconds(8);
  private static final Set<ErrorCode> CERTAIN =
      Set.of(
          ErrorCode.OVERLOADED,
          ErrorCode.READ_ONLY,
          ErrorCode.AGENT_NOT_FOUND,
          ErrorCode.INSUFFICIENT_CONSENSUS);

  final AgentWorld world;
  final Map<String, Integer> pairs = new TreeMap<>();
  int acknowledged;
  int moved;
  private final long seed;
  private final Random random;
  /** Agents that stay, and are kept. */
  private final List<String> ids = new ArrayList<>();
  /** Those that are volatile, or are undeployed now and then, or both. */
  private final Map<String, AgentSpec> fleeting = new LinkedHashMap<>();
  private final Map<String, Client> clients = new HashMap<>();
  private final Map<String, String> movesTo = new HashMap<>();
  private final Set<Message> promised = new HashSet<>();
  private final Map<String, Machine> untilSealed = new HashMap<>();
  private int sessions;
  private final List<Outsider> outsiders = List.of(new Outsider(1), new Outsider(2));
  private int open;
  private boolean calm;
  private boolean deployed;
  private String step;
  private Blow blow;
  private int skip;
  private boolean aimed;
  private String favourite;

  AgentStorm(long seed, Variant variant) {
    this.seed = seed;
    world = new AgentWorld(seed, variant);
    random = world.random;
    int machines = 3 + random.nextInt(2);
    for (int i = 1; i <= machines; i++) {
      world.start("n" + i, random.nextInt(3) == 0 ? "z1" : "z2");
    }
    int pair = Math.floorMod(seed, STEPS.size() * Blow.values().length);
    step = STEPS.get(pair % STEPS.size());
    blow = Blow.values()[pair / STEPS.size()];
    skip = random.nextInt(3);
    world.ambush = this::reached;
  }

  // ---- the whole of it ------------------------------------------------------------------------

  /** What is wrong; empty if nothing is. */
  List<Violation> run() {
    await("all nodes to be there", () -> world.running().size() == world.machines.size());
    deploy();
    deployed = true;
    clients();
    outsiders.forEach(Outsider::next);
    disturb();
    move();
    undeploy();
    acceptLosses();
    world.sim.runFor(STORM);
    calm();
    if (!world.sim.runUntil(this::settled, Duration.ofSeconds(90))) {
      List<Violation> wrong = check(false);
      if (wrong.isEmpty()) {
        throw new AssertionError("seed " + seed + ": no rest after the storm: " + unsettled);
      }
      return wrong;
    }
    return check(true);
  }

  private void await(String what, java.util.function.BooleanSupplier condition) {
    if (!world.sim.runUntil(condition, Duration.ofSeconds(60))) {
      throw new AssertionError("seed " + seed + ": waited in vain for " + what);
    }
  }

  private void deploy() {
    int agents = 3 + random.nextInt(3);
    List<Future<AgentInfo>> deployed = new ArrayList<>();
    for (int i = 1; i <= agents; i++) {
      String id = "a" + i;
      ids.add(id);
      AgentSpec spec =
          AgentSpec.of(id, random.nextBoolean() ? ListAgent.TYPE : ListAgent.DELTAS);
      if (i == 3) {
        spec = spec.checkpointed(5, Duration.ofMillis(40));
      }
      deployed.add(any().agents.deploy(spec));
    }
    fleeting("v1", false);
    fleeting("u1", true);
    fleeting("u2", false);
    fleeting.values().forEach(spec -> deployed.add(any().agents.deploy(spec)));
    await("the agents to be deployed", () -> deployed.stream().allMatch(Future::isComplete));
    deployed.forEach(
        each -> {
          if (each.failed()) {
            throw new AssertionError("seed " + seed + ": " + each.cause(), each.cause());
          }
        });
  }

  private void fleeting(String id, boolean kept) {
    AgentSpec spec = AgentSpec.of(id, ListAgent.TYPE);
    fleeting.put(
        id, kept ? spec : spec.withDurability(AgentSpec.Durability.VOLATILE));
  }

  private Stay any() {
    List<Stay> running = world.running();
    return running.isEmpty() ? null : running.get(random.nextInt(running.size()));
  }

  private Machine anyMachine() {
    List<Machine> all = List.copyOf(world.machines.values());
    return all.get(random.nextInt(all.size()));
  }

  /** One that stays. */
  private String anyKept() {
    return ids.get(random.nextInt(ids.size()));
  }

  private String anyAgent() {
    if (favourite != null && random.nextInt(4) > 0) {
      return favourite;
    }
    int which = random.nextInt(ids.size() + fleeting.size());
    return which < ids.size()
        ? ids.get(which)
        : List.copyOf(fleeting.keySet()).get(which - ids.size());
  }

  private Duration millis(int from, int to) {
    return world.millis(from, to);
  }

  // ---- who sends ------------------------------------------------------------------------------

  /** Each stay has one who sends. */
  private void clients() {
    for (Stay stay : world.running()) {
      if (!clients.containsKey(stay.id) && stay.lease.held()) {
        Client client = new Client(stay);
        clients.put(stay.id, client);
        client.next();
      }
    }
    world.sim.after(Duration.ofMillis(100), this::clients);
  }

  private final class Client {
    private final Stay stay;
    private final String name;
    private final Map<String, Integer> numbers = new HashMap<>();

    Client(Stay stay) {
      this.stay = stay;
      name = stay.id + ".c";
    }

    void next() {
      if (stay.lives() && !calm) {
        stay.machine.node.scheduler().after(millis(5, 60), this::send);
      }
    }

    private void send() {
      if (!stay.lives() || calm) {
        return;
      }
      String agent = anyAgent();
      int dice = random.nextInt(20);
      if (dice < 2) {
        read(agent);
      } else {
        Message message = new Message(agent, name, numbers.merge(agent, 1, Integer::sum));
        JsonObject body =
            new JsonObject().put("from", name).put("n", message.sequence());
        if (dice < 6 && ids.contains(agent)) {
          body.put("to", anyKept());
        }
        if (random.nextInt(12) == 0) {
          body.put("ms", 1 + random.nextInt(60));
        }
        world.history.sent(message);
        if (dice < 15) {
          ask(message, body);
        } else {
          tell(message, body);
        }
      }
      next();
    }

    private void read(String agent) {
      stay.agents
          .ask(agent, new JsonObject().put("read", true), millis(500, 3_000))
          .onSuccess(answer -> saw(agent, (JsonObject) answer));
    }

    private void ask(Message message, JsonObject body) {
      open++;
      long now = world.sim.nanos();
      stay.agents
          .ask(message.agent(), body, millis(1_000, 6_000))
          .onComplete(
              answer -> {
                open--;
                JsonObject json = (JsonObject) answer;
                acknowledged++;
                promised.add(message);
                if (json == null) {
                  world.wrong.add(
                      new Violation(
                          AgentHistoryChecker.Kind.INVENTED, "no answer to " + message));
                  return;
                }
                saw(message.agent(), json);
                world.answered(message, now);
                world.history.acknowledged(message, json.getLong("epoch"), json.encode());
              },
              failure -> failed(message, now, failure));
    }

    private void tell(Message message, JsonObject body) {
      open++;
      long now = world.sim.nanos();
      stay.agents
          .tell(message.agent(), body)
          .onComplete(
              told -> {
                open--;
                acknowledged++;
                if (ids.contains(message.agent())) {
                  promised.add(message);
                }
              },
              failure -> failed(message, now, failure));
    }

    private void failed(Message message, long sentNanos, Throwable failure) {
      open--;
      ErrorCode code = MabeamException.of(failure).code();
      world.struck("answer " + code);
      if (code == ErrorCode.AGENT_NOT_FOUND) {
        world.notFound(message, sentNanos);
      }
      if (CERTAIN.contains(code)) {
        world.history.refused(message);
        world.refusals.put(message, failure);
      }
    }
  }

  /** A client outside, who sends the same again to whichever node, until there is an answer. */
  private final class Outsider {
    private final Map<String, Long> numbers = new HashMap<>();
    private final int number;
    private String session;
    private Message sent;
    private JsonObject body;
    private long firstSent;
    private int attempt;

    Outsider(int number) {
      this.number = number;
      renew();
    }

    private void renew() {
      session = "s" + number + "." + ++sessions;
      numbers.clear();
    }

    void next() {
      sent = null;
      if (!calm) {
        world.sim.after(millis(5, 100), this::begin);
      }
    }

    private void begin() {
      String agent = anyAgent();
      sent = new Message(agent, session, numbers.merge(agent, 1L, Long::sum));
      body = new JsonObject().put("from", session).put("n", sent.sequence());
      firstSent = world.sim.nanos();
      world.history.sent(sent);
      send();
    }

    private void sendAgain(Message message, int ofAttempt, Duration in) {
      world.sim.after(
          in,
          () -> {
            if (message == sent && ofAttempt == attempt) {
              send();
            }
          });
    }

    private void send() {
      Message message = sent;
      int now = ++attempt;
      long ofNanos = firstSent;
      Stay by = any();
      if (by != null) {
        long age = (world.sim.nanos() - firstSent) / 1_000_000;
        by.agents
            .ask(
                message.agent(),
                body,
                millis(500, 3_000),
                new InSession(session, message.sequence(), message.sequence(), age))
            .onComplete(
                answer -> answered(message, ofNanos, (JsonObject) answer),
                failure -> failed(message, now, MabeamException.of(failure).code()));
      }
      // Its node may die, and nothing be heard.
      sendAgain(message, now, millis(3_100, 4_000));
    }

    private void answered(Message message, long ofNanos, JsonObject answer) {
      promised.add(message);
      saw(message.agent(), answer);
      world.answered(message, ofNanos);
      world.history.acknowledged(message, answer.getLong("epoch"), answer.encode());
      if (message == sent) {
        next();
      }
    }

    private void failed(Message message, int ofAttempt, ErrorCode code) {
      world.struck("session " + code);
      if (message != sent) {
        return;
      }
      if (code == ErrorCode.AGENT_NOT_FOUND) {
        world.notFound(message, firstSent);
        next();
      } else if (code == ErrorCode.SESSION_EXPIRED) {
        renew();
        next();
      } else {
        sendAgain(message, ofAttempt, millis(50, 300));
      }
    }

    /** What it waits for; null if for nothing that will come. */
    String waitsFor(Set<String> stores) {
      Entry entry = sent == null ? null : world.entry(sent.agent());
      return entry == null || entry.lost(stores::contains) ? null : sent.toString();
    }
  }

  private void saw(String agent, JsonObject answer) {
    JsonObject last = answer.getJsonObject("last");
    if (last != null && ids.contains(agent)) {
      world.seen(new Message(agent, last.getString("from"), last.getLong("n")), "an answer");
    }
  }

  // ---- moves ----------------------------------------------------------------------------------

  private void move() {
    Stay by = any();
    if (calm) {
      return;
    }
    if (by != null) {
      if (random.nextInt(12) == 0) {
        drain(by);
      } else {
        move(by, anyAgent());
      }
    }
    world.sim.after(millis(50, 400), this::move);
  }

  private void move(Stay by, String agent) {
    List<Member> members = List.copyOf(by.copy.members().all());
    Member to = members.get(random.nextInt(members.size()));
    movesTo.put(agent, to.name());
    by.migrations
        .migrate(agent, to.id())
        .onComplete(
            done -> {
              moved++;
              world.struck("moved");
            },
            failure -> world.struck("move " + MabeamException.of(failure).code()));
  }

  private void drain(Stay by) {
    List<Member> members = List.copyOf(by.copy.members().all());
    String node = members.get(random.nextInt(members.size())).id();
    world.struck("drain");
    by.migrations
        .drain(node, Duration.ofSeconds(3))
        .onSuccess(drained -> world.struck(drained.empty() ? "drained" : "not drained"));
    world.sim.after(millis(500, 4_000), () -> undrain(node));
  }

  /** Until it is decided: else nobody would take anything in the end. */
  private void undrain(String node) {
    if (calm) {
      return;
    }
    boolean cordoned = world.log.truth.cordoned().containsKey(node);
    Stay by = any();
    if (cordoned && by != null) {
      by.migrations.undrain(node);
    }
    if (cordoned) {
      world.sim.after(Duration.ofMillis(700), () -> undrain(node));
    }
  }

  // ---- agents that come and go ----------------------------------------------------------------

  /** One of them is undeployed, or deployed again if it was: then it begins from nothing. */
  private void undeploy() {
    if (calm) {
      return;
    }
    String id = random.nextBoolean() ? "u1" : "u2";
    Stay by = any();
    Entry there = world.entry(id);
    if (by != null && there != null) {
      by.agents
          .undeploy(id)
          .onComplete(
              done -> undeployed(id, there),
              failure -> world.struck("undeploy " + MabeamException.of(failure).code()));
    } else if (by != null) {
      by.agents
          .deploy(fleeting.get(id))
          .onComplete(
              done -> world.struck("deployed again"),
              failure -> world.struck("deploy " + MabeamException.of(failure).code()));
    }
    world.sim.after(millis(200, 1_500), this::undeploy);
  }

  private void undeployed(String id, Entry was) {
    world.struck("undeployed");
    Entry now = world.entry(id);
    if (now != null && now.born() == was.born()) {
      world.history.add(AgentHistoryChecker.Kind.SPLIT, id + " was undeployed, and is " + now);
    }
  }

  /** Agents of which no store is left begin with what can be found, if anything. */
  private void acceptLosses() {
    if (calm) {
      return;
    }
    Stay by = any();
    Set<String> stores = Transaction.stores(world.log.members());
    for (Entry entry : world.log.truth.entries().values()) {
      if (by != null && entry.lost(stores::contains) && random.nextBoolean()) {
        List<Member> members = List.copyOf(by.copy.members().all());
        by.agents
            .moves()
            .recover(
                entry.id(), entry.epoch(), members.get(random.nextInt(members.size())).id(), true)
            .onComplete(
                done -> world.struck("loss accepted"),
                failure -> world.struck("accept " + MabeamException.of(failure).code()));
      }
    }
    world.sim.after(millis(200, 2_000), this::acceptLosses);
  }

  // ---- what goes wrong ------------------------------------------------------------------------

  private void disturb() {
    if (calm || aimed) {
      return;
    }
    Machine one = anyMachine();
    Machine other = anyMachine();
    switch (random.nextInt(14)) {
      case 0, 1 -> crash(one, random.nextBoolean());
      case 2, 3 -> pause(one, random.nextInt(4) == 0 ? 6_000 : 1_500);
      case 4, 5 -> cut(one, other);
      case 6 -> cutOneWay(one, other);
      case 7 -> isolate(one);
      case 8 -> lose();
      case 9 -> delay();
      case 10, 11 -> doubt();
      case 12 -> pauseBeforeSends();
      default -> join();
    }
    world.sim.after(millis(100, 900), this::disturb);
  }

  private void join() {
    if (world.machines.size() < 5 && random.nextInt(3) == 0) {
      world.struck("join");
      world.start("n" + (world.machines.size() + 1), random.nextBoolean() ? "z1" : "z2");
    }
  }

  private boolean crash(Machine machine, boolean keepsStore) {
    boolean spares = random.nextInt(LOSES_ONE_OF) > 0;
    if (!machine.node.up() || !keepsStore && spares && !spare(machine)) {
      return false;
    }
    world.struck(keepsStore ? "crash keeping its store" : "crash");
    machine.crash(!keepsStore);
    world.sim.after(
        millis(50, 3_000),
        () -> {
          if (!machine.node.up()) {
            world.struck("restart");
            machine.restart();
          }
        });
    return true;
  }

  /** Whether every agent is whole somewhere else too, where nobody is about to be expelled. */
  private boolean spare(Machine machine) {
    return world.log.truth.entries().values().stream()
        .filter(Entry::isKept)
        .allMatch(
            entry ->
                entry.set().whole().stream()
                    .anyMatch(
                        store ->
                            world.machines.values().stream()
                                .anyMatch(
                                    other ->
                                        other != machine
                                            && world.hasMajority(other.name)
                                            && other.store.id().equals(store))));
  }

  private boolean pause(Machine machine, int longest) {
    if (machine.node.state() != SimNode.State.RUNNING) {
      return false;
    }
    world.struck("pause");
    machine.node.pause();
    world.sim.after(millis(50, longest), () -> resume(machine, random.nextBoolean() ? 1_000 : 0));
    return true;
  }

  private boolean pauseUntilSealed(Machine machine, String agent) {
    if (machine.node.state() != SimNode.State.RUNNING) {
      return false;
    }
    world.struck("pause");
    machine.node.pause();
    untilSealed.put(agent, machine);
    world.sim.after(Duration.ofSeconds(7), () -> resume(machine, 0));
    return true;
  }

  /** What was decided meanwhile it may hear of much later. */
  private void resume(Machine machine, int deafMillis) {
    if (machine.stay != null && deafMillis > 0) {
      world.struck("behind");
      machine.stay.copy.deafen(millis(deafMillis / 2, deafMillis));
    }
    machine.node.resume();
  }

  private boolean cut(Machine one, Machine other) {
    if (one == other) {
      return false;
    }
    world.struck("cut");
    world.sim.network().cut(one.name, other.name);
    healLater();
    return true;
  }

  private boolean cutOneWay(Machine one, Machine other) {
    if (one == other) {
      return false;
    }
    world.struck("one-way cut");
    world.sim.network().cutOneWay(one.name, other.name);
    healLater();
    return true;
  }

  private boolean isolate(Machine machine) {
    world.struck("isolation");
    world.sim.network().isolate(machine.name);
    healLater();
    return true;
  }

  private void healLater() {
    world.sim.after(millis(100, 4_500), world.sim.network()::healAll);
  }

  private boolean lose() {
    world.struck("loss");
    world.sim.network().setLoss(0.05);
    world.lost = 50;
    calmNetworkLater();
    return true;
  }

  private boolean delay() {
    world.struck("lateness");
    world.sim.network().setLateness(0.3, Duration.ofMillis(300));
    world.late = 200;
    calmNetworkLater();
    return true;
  }

  private void calmNetworkLater() {
    world.sim.after(millis(300, 1_500), this::calmNetwork);
  }

  private void calmNetwork() {
    SimNetwork network = world.sim.network();
    network.calm();
    world.lost = 0;
    world.late = 0;
    world.pausesBeforeSends = 0;
  }

  private void doubt() {
    world.struck("doubt");
    world.log.unheard = 12;
    world.log.late = 12;
    world.log.lost = 12;
    world.log.refused = 8;
    world.sim.after(millis(300, 1_500), world.log::calm);
  }

  private void pauseBeforeSends() {
    world.pausesBeforeSends = 2;
    calmNetworkLater();
  }

  // ---- ambushes -------------------------------------------------------------------------------

  /** An agent has come to a step on that node. */
  private void reached(Stay here, String at, String agent) {
    world.struck("step " + at);
    if (at.equals("SEALED")) {
      Machine waits = untilSealed.get(agent);
      if (waits != null && waits != here.machine) {
        untilSealed.remove(agent);
        resume(waits, 2_000);
      }
    }
    if (calm || !deployed || !at.equals(step) || !here.lives() || skip-- > 0) {
      return;
    }
    Machine machine = here.machine;
    Machine other = other(machine, agent);
    boolean hit =
        switch (blow) {
          case CRASH -> crash(machine, false);
          case CRASH_KEEPING_STORE -> crash(machine, true);
          case CRASH_OF_OTHER -> crash(other, random.nextBoolean());
          case PAUSE -> pause(machine, 5_000);
          case PAUSE_OF_OTHER -> pause(other, 5_000);
          case PAUSE_UNTIL_SEALED -> pauseUntilSealed(machine, agent);
          case CUT -> cut(machine, other);
          case ONE_WAY_CUT ->
              random.nextBoolean() ? cutOneWay(machine, other) : cutOneWay(other, machine);
          case ISOLATION -> isolate(machine);
          case LOSS -> lose();
          case LATENESS -> delay();
          case DECISION_IN_DOUBT -> doubt(here);
        };
    if (hit) {
      pairs.merge(step + " " + blow, 1, Integer::sum);
      if (!aimed) {
        step = STEPS.get(random.nextInt(STEPS.size()));
        blow = Blow.values()[random.nextInt(Blow.values().length)];
      }
      skip = random.nextInt(3);
    }
  }

  /** Most messages go to that agent. */
  AgentStorm favour(String agent) {
    favourite = agent;
    return this;
  }

  /** Strikes like that again and again, and in no other way; states are restored slowly. */
  AgentStorm aim(String newStep, Blow newBlow) {
    step = newStep;
    blow = newBlow;
    aimed = true;
    world.slowOneOf = 1;
    return this;
  }

  /** The other one that has to do with it: the owner, the target, or anybody. */
  private Machine other(Machine here, String agent) {
    Entry entry = world.entry(agent);
    String owner = entry == null || entry.owner().isEmpty() ? "" : entry.owner();
    Optional<Machine> known =
        List.of(movesTo.getOrDefault(agent, ""), owner.replaceAll("#.*", "")).stream()
            .map(world.machines::get)
            .filter(machine -> machine != null && machine != here)
            .findFirst();
    List<Machine> others = new ArrayList<>(world.machines.values());
    others.remove(here);
    return known.orElse(others.get(random.nextInt(others.size())));
  }

  private boolean doubt(Stay here) {
    SimLog.Outcome[] doubtful = {
      SimLog.Outcome.UNHEARD, SimLog.Outcome.LATE, SimLog.Outcome.LOST
    };
    if (aimed) {
      here.copy.next.add(SimLog.Outcome.LATE);
      return true;
    }
    int many = 1 + random.nextInt(3);
    for (int i = 0; i < many; i++) {
      here.copy.next.add(doubtful[random.nextInt(doubtful.length)]);
    }
    return true;
  }

  // ---- calm -----------------------------------------------------------------------------------

  private void calm() {
    calm = true;
    world.log.calm();
    calmNetwork();
    world.sim.network().healAll();
    for (Machine machine : world.machines.values()) {
      machine.node.resume();
      if (!machine.node.up()) {
        machine.restart();
      }
    }
    undrainAll();
  }

  private String unsettled = "";

  private boolean settled() {
    if (world.sim.nanos() < nextLook) {
      return false;
    }
    nextLook = world.sim.nanos() + 50_000_000;
    unsettled = unsettled();
    return unsettled.isEmpty();
  }

  private long nextLook;

  /** Whoever was asked to drain before may begin only now. */
  private void undrainAll() {
    Stay by = any();
    if (by != null) {
      world.log.truth.cordoned().keySet().forEach(by.migrations::undrain);
    }
    world.sim.after(Duration.ofMillis(700), this::undrainAll);
  }

  private String unsettled() {
    if (world.running().size() < world.machines.size()) {
      return "not all nodes are there";
    }
    if (open > 0 && clientsWait()) {
      return open + " messages have not ended";
    }
    Members members = world.log.members();
    Set<String> stores = Transaction.stores(members);
    for (Outsider outsider : outsiders) {
      if (outsider.waitsFor(stores) != null) {
        return "no answer to " + outsider.waitsFor(stores);
      }
    }
    for (String id : ids) {
      Entry entry = world.entry(id);
      if (entry == null) {
        return id + " is gone";
      }
      if (entry.lost(stores::contains)) {
        continue;
      }
      CheckpointSet set = entry.set();
      boolean whole =
          set.previous().isEmpty()
              && set.stores().size() == Math.min(SetChooser.COPIES, members.all().size());
      if (entry.state() != Entry.State.ACTIVE || !whole) {
        return entry.toString();
      }
      ListAgent agent = world.agent(entry.owner(), id);
      if (agent == null || world.stays.get(entry.owner()).agents.depth(id) > 0) {
        return id + " is not idle on " + entry.owner();
      }
      String letters = letters(id, agent, stores);
      if (!letters.isEmpty()) {
        return letters;
      }
    }
    return unsettledFleeting(stores);
  }

  private String unsettledFleeting(Set<String> stores) {
    for (String id : fleeting.keySet()) {
      Entry entry = world.entry(id);
      boolean ended =
          entry == null ? !id.equals("v1") : entry.lost(stores::contains);
      if (!ended && (entry == null || entry.state() != Entry.State.ACTIVE)) {
        return id + " is " + entry;
      }
      if (!ended && world.stays.get(entry.owner()).agents.depth(id) > 0) {
        return id + " is not idle on " + entry.owner();
      }
    }
    return "";
  }

  /** Those of a process that died wait for nothing. */
  private boolean clientsWait() {
    return world.sim.elapsed().compareTo(STORM.plusSeconds(10)) < 0;
  }

  private ListAgent agent(String id) {
    return world.agent(world.entry(id).owner(), id);
  }

  /** What it has told and the other has not. */
  private String letters(String id, ListAgent agent, Set<String> stores) {
    for (Map.Entry<String, Integer> each : agent.told().entrySet()) {
      Entry target = world.entry(each.getKey());
      ListAgent other = target == null ? null : agent(each.getKey());
      if (other != null
          && !target.lost(stores::contains)
          && !world.history.hasLost(target)
          && !world.history.hasLost(world.entry(id))) {
        long had = had(other, "a:" + id).size();
        if (had < each.getValue()) {
          return id + " has told " + each + ", which has had " + had;
        }
      }
    }
    return "";
  }

  private static List<Long> had(ListAgent agent, String sender) {
    return agent.messages().stream()
        .filter(message -> message.sender().equals(sender))
        .map(Message::sequence)
        .toList();
  }

  // ---- what came of it ------------------------------------------------------------------------

  private List<Violation> check(boolean settled) {
    List<Violation> wrong = new ArrayList<>(world.history.check());
    wrong.addAll(world.wrong);
    Set<String> stores = Transaction.stores(world.log.members());
    Map<String, ListAgent> finals = new LinkedHashMap<>();
    for (String id : ids) {
      Entry entry = world.entry(id);
      if (entry == null || entry.lost(stores::contains)) {
        world.struck("lost");
      } else if (settled) {
        finals.put(id, agent(id));
      }
    }
    for (Message message : promised) {
      if (!world.applied.contains(message)) {
        wrong.add(new Violation(AgentHistoryChecker.Kind.LOST, message + " never was applied"));
      } else if (finals.containsKey(message.agent())
          && !world.history.hasLost(world.entry(message.agent()))
          && !finals.get(message.agent()).messages().contains(message)) {
        wrong.add(new Violation(AgentHistoryChecker.Kind.LOST, message + " is not there"));
      }
    }
    finals.forEach((id, agent) -> wrong.addAll(wrongLetters(id, agent, finals)));
    return wrong;
  }

  private List<Violation> wrongLetters(
      String id, ListAgent agent, Map<String, ListAgent> finals) {
    List<Violation> wrong = new ArrayList<>();
    agent
        .told()
        .forEach(
            (to, times) -> {
              ListAgent other = finals.get(to);
              List<Long> all = new ArrayList<>();
              for (long i = 1; i <= times; i++) {
                all.add(i);
              }
              boolean lossy =
                  world.history.hasLost(world.entry(id))
                      || world.history.hasLost(world.entry(to));
              if (other != null && !lossy && !had(other, "a:" + id).equals(all)) {
                wrong.add(
                    new Violation(
                        AgentHistoryChecker.Kind.LOST,
                        id + " has told " + to + " " + times + " times, which has had "
                            + had(other, "a:" + id)));
              }
            });
    return wrong;
  }
}
