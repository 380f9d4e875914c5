package dev.mabeam.consensus;

import dev.mabeam.disk.SimDisk;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.Admission;
import dev.mabeam.link.Link;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.LinkOptions;
import dev.mabeam.link.Member;
import dev.mabeam.link.OldestMemberRegistrar;
import dev.mabeam.link.PeerState;
import dev.mabeam.link.Reachability;
import dev.mabeam.link.SeedSource;
import dev.mabeam.testing.sim.SimLinkTransport;
import dev.mabeam.testing.sim.SimNode;
import dev.mabeam.testing.sim.Simulation;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Nodes with the production link, log, lease, expulsion and electorate in one thread, whose disks
 * outlive them, and a checker that looks after every event: <em>no node holds a lease while its
 * expulsion is committed</em>. Who is a member is decided by entries of the log, in a table of this
 * world's own.
 */
final class TenureWorld {
  static final String GROUP = "c1";
  /** Images so often that whoever starts again has one. */
  private static final LogSettings SETTINGS = new LogSettings(50, 200, 10, 1 << 20);
  static final Duration PATIENCE = Duration.ofSeconds(4);

  final Simulation sim;
  final Map<String, Station> stations = new LinkedHashMap<>();
  /** When each node that was expelled or replaced was, first anywhere. */
  final Map<String, Long> goneNanos = new TreeMap<>();
  /** What happened, for whoever looks at a failure. */
  final List<String> story = new ArrayList<>();
  final List<String> violations = new ArrayList<>();
  private final LeaseRules rules;
  private final double maxSkew;
  private final List<LinkAddress> seeds;
  /** Somebody who has not started again has to be there then, to admit the others. */
  boolean resumes;
  private Duration patience = PATIENCE;
  private Endpoint founder;
  private int endpoints;

  TenureWorld(long seed, LeaseRules rules, double maxSkew, String... seeds) {
    this.sim = new Simulation(seed);
    this.rules = rules;
    this.maxSkew = maxSkew;
    this.seeds = List.of(seeds).stream().map(TenureWorld::address).toList();
  }

  static LinkAddress address(String host) {
    return new LinkAddress(host, LinkAddress.DEFAULT_PORT);
  }

  void tell(String what) {
    story.add(sim.elapsed() + " " + what);
  }

  // ---- a node ---------------------------------------------------------------------------------

  /** One machine with a node on it. */
  final class Station implements Log.Follower, Course, Leading {
    final String name;
    final SimNode node;
    private final double rate;
    final SimDisk disk = new SimDisk();
    SkewedClock clock;
    Link link;
    MicroRaftLog log;
    Tenure tenure;
    Endpoint endpoint;
    Table table;
    private String self;
    private long applied;
    private boolean rejoining;
    private String clusterId;

    Station(String name) {
      this.name = name;
      this.node = sim.start(name);
      this.rate = 1 + (sim.random().nextDouble() * 2 - 1) * maxSkew;
      stations.put(name, this);
      begin();
    }

    private void begin() {
      clock = new SkewedClock(node.scheduler(), rate, sim.random().nextLong(1L << 50));
      LinkAddress at = address(name);
      link =
          Link.create(
              new LinkOptions(name, at, at, at, Duration.ofMinutes(10)),
              SimLinkTransport.of(node),
              SeedSource.fixed(seeds),
              clock,
              node.random());
      OldestMemberRegistrar.serve(link, clock);
      table = new Table();
      self = "";
      applied = 0;
      rejoining = false;
      tenure =
          new Tenure(
              this, this, clock, link.courier()::send, () -> Traits.PLAIN, patience, rules);
      tenure.lease().onGone(this::gone);
      tenure.lease().onChange(held -> tell(self + (held ? " holds" : " lost") + " its lease"));
      link.courier().onFrame(this::frame);
      joined().onSuccess(in -> tenure.start());
    }

    /** Who has started again may speak with the others before they have admitted it. */
    private Future<Admission> joined() {
      return clusterId == null || !resumes
          ? link.join().onSuccess(in -> clusterId = in.clusterId())
          : link.resume(clusterId).compose(listening -> link.join());
    }

    private void frame(LinkAddress from, byte type, Buffer payload) {
      if (type == FrameType.LOG) {
        if (log != null) {
          log.receive(payload);
        }
      } else {
        tenure.frame(from, type, payload);
      }
    }

    private LogContext context() {
      return new LogContext(clock, node.random(), link.courier(), clock::execute, SETTINGS);
    }

    private LogStore store() {
      try {
        return ForcedStore.open(disk, GROUP, clock::execute, clock::execute);
      } catch (IOException broken) {
        throw new UncheckedIOException(broken);
      }
    }

    private void newEndpoint() {
      endpoint = new Endpoint(name + "-" + ++endpoints, name, address(name));
    }

    private String newLife() {
      return Long.toHexString(node.random().nextLong());
    }

    private void found() {
      newEndpoint();
      founder = endpoint;
      log = MicroRaftLog.found(GROUP, endpoint, this, context(), store());
      tenure.keeps(endpoint.id(), newLife(), false);
      log.start();
    }

    /** Keeps a log that waits to be added. */
    void enlist() {
      newEndpoint();
      log = MicroRaftLog.join(GROUP, endpoint, founder, this, context(), store());
      tenure.keeps(endpoint.id(), newLife(), false);
      log.start();
    }

    void crash() {
      tell(name + " crashes");
      node.crash();
      disk.crash();
    }

    /** Its process begins again, with what is on its disk. */
    void restart() {
      tell(name + " starts again");
      sim.start(name);
      begin();
      LogStore store = store();
      if (store.restored().isPresent()) {
        log = MicroRaftLog.restart(GROUP, this, context(), store);
        endpoint = log.self();
        tenure.keeps(endpoint.id(), newLife(), true);
        log.start();
      }
    }

    /** This incarnation is over; the process comes back as another one. */
    private void gone() {
      tell(self + " learns that it is gone");
      if (!rejoining) {
        rejoining = true;
        tenure.close();
        long life = node.life();
        sim.after(
            Duration.ofMillis(500),
            () -> {
              if (node.life() == life && node.up()) {
                crash();
                restart();
              }
            });
      }
    }

    boolean holds() {
      return node.up() && tenure.lease().held();
    }

    @Override
    public boolean leads() {
      return node.state() == SimNode.State.RUNNING
          && log != null
          && log.status().role() == Log.Role.LEADER;
    }

    // what its copy of the log says

    @Override
    public void committed(long index, Buffer entry) {
      applied = index;
      if (entry.length() > 0) {
        String ended = table.apply(entry.toJsonObject());
        if (ended != null && goneNanos.putIfAbsent(ended, sim.nanos()) == null) {
          tell(ended + " is gone, by " + entry);
        }
      }
      lookForMyself();
    }

    private void lookForMyself() {
      String id = table.idOf(bootId());
      self = id.isEmpty() ? self : id;
      tenure.changed();
      if (self.isEmpty() && table.ended.contains(bootId())) {
        gone(); // an image told of its admission and of its end at once
      }
    }

    @Override
    public Supplier<Buffer> image(long index) {
      Buffer image = table.toJson().toBuffer();
      return () -> image;
    }

    @Override
    public void restore(long index, Buffer image) {
      applied = index;
      table = Table.fromJson(image.toJsonObject());
      lookForMyself();
    }

    @Override
    public void changed(Log.LogStatus status) {
      tell(name + " " + status.role() + " in " + status.term() + " of " + names(status.voters()));
      tenure.changed();
    }

    private List<String> names(List<Endpoint> all) {
      return all.stream().map(Endpoint::id).toList();
    }

    private String bootId() {
      return link.admission().map(in -> in.self().bootId()).orElse("");
    }

    @Override
    public String self() {
      return self;
    }

    @Override
    public Fate fate(String nodeId) {
      return table.fate(nodeId);
    }

    @Override
    public Configuration configuration() {
      Log.LogStatus status = log == null ? null : log.status();
      return status == null || status.configuration() > applied
          ? Configuration.NONE
          : new Configuration(status.configuration(), status.voters());
    }

    @Override
    public long applied() {
      return applied;
    }

    @Override
    public int term() {
      return log == null ? 0 : log.status().term();
    }

    @Override
    public Future<Long> readIndex() {
      return log.readIndex();
    }

    @Override
    public Future<Void> expel(String nodeId, String reason, int term) {
      if (log.status().term() != term || log.status().role() != Log.Role.LEADER) {
        return Future.failedFuture(
            new MabeamException(ErrorCode.INSUFFICIENT_CONSENSUS, "another term"));
      }
      tell(self + " proposes to expel " + nodeId + ": " + reason);
      return log.append(new JsonObject().put("expel", nodeId).toBuffer()).mapEmpty();
    }

    @Override
    public Collection<Member> members() {
      return table.members.values();
    }

    @Override
    public Reachability reachability(Member member) {
      return link.peers().stream()
          .filter(peer -> peer.member().bootId().equals(member.bootId()))
          .map(PeerState::reachability)
          .findFirst()
          .orElse(null);
    }

    @Override
    public Future<Reachability> probe(Member member) {
      return link.probe(member);
    }

    @Override
    public String toString() {
      return self + " of " + node + (log == null ? "" : " " + log.status())
          + (holds() ? " holds" : "");
    }
  }

  /** Who is a member at some index. */
  static final class Table {
    final Map<String, Member> members = new TreeMap<>();
    private final Set<String> ended = new HashSet<>();
    private long last;

    /** Who is gone by it, or null. */
    String apply(JsonObject entry) {
      if (entry.containsKey("expel")) {
        return end(members.get(entry.getString("expel")));
      }
      Member asked = Member.fromJson(entry.getJsonObject("admit"));
      if (!admits(asked.bootId())) {
        return null;
      }
      Member before =
          members.values().stream()
              .filter(member -> member.name().equals(asked.name()))
              .findAny()
              .orElse(null);
      Member admitted =
          new Member(
              asked.name(), ++last, asked.link(), asked.grid(), asked.bus(), asked.bootId());
      members.put(admitted.id(), admitted);
      return end(before);
    }

    private String end(Member member) {
      if (member == null) {
        return null;
      }
      members.remove(member.id());
      ended.add(member.bootId());
      return member.id();
    }

    /** Nobody is admitted twice in one life. */
    boolean admits(String bootId) {
      return idOf(bootId).isEmpty() && !ended.contains(bootId);
    }

    JsonObject toJson() {
      return new JsonObject()
          .put("members", new JsonArray(members.values().stream().map(Member::toJson).toList()))
          .put("ended", new JsonArray(ended.stream().sorted().toList()))
          .put("last", last);
    }

    static Table fromJson(JsonObject json) {
      Table table = new Table();
      for (Object one : json.getJsonArray("members")) {
        Member member = Member.fromJson((JsonObject) one);
        table.members.put(member.id(), member);
      }
      json.getJsonArray("ended").forEach(boot -> table.ended.add((String) boot));
      table.last = json.getLong("last");
      return table;
    }

    String idOf(String bootId) {
      return members.values().stream()
          .filter(member -> member.bootId().equals(bootId))
          .map(Member::id)
          .findAny()
          .orElse("");
    }

    Course.Fate fate(String nodeId) {
      if (members.containsKey(nodeId)) {
        return Course.Fate.MEMBER;
      }
      long incarnation = Long.parseLong("0" + nodeId.substring(nodeId.indexOf('#') + 1));
      return nodeId.isEmpty() || incarnation > last ? Course.Fate.UNKNOWN : Course.Fate.GONE;
    }
  }

  // ---- the world ------------------------------------------------------------------------------

  /** Nodes that all vote, and members, the first of which leads. */
  static TenureWorld of(long seed, LeaseRules rules, double skew, int voters, int others) {
    return of(seed, rules, skew, PATIENCE, voters, others);
  }

  static TenureWorld of(
      long seed, LeaseRules rules, double skew, Duration patience, int voters, int others) {
    String[] names = new String[voters + others];
    for (int i = 0; i < names.length; i++) {
      names[i] = "n" + (i + 1);
    }
    TenureWorld world = new TenureWorld(seed, rules, skew, names);
    world.patience = patience;
    for (String name : names) {
      world.new Station(name);
    }
    world.await(
        "all links to be in",
        () -> world.stations.values().stream().allMatch(s -> s.link.admission().isPresent()));
    Station first = world.station("n1");
    first.found();
    world.await("n1 to lead", first::leads);
    world.admitting();
    for (int i = 1; i < names.length; i++) {
      Station next = world.station(names[i]);
      next.enlist();
      world.change(next, Log.Change.ADD_LEARNER);
      world.await(names[i] + " to catch up", () -> next.applied == first.applied);
      if (i < voters) {
        world.change(next, Log.Change.PROMOTE);
      }
    }
    world.await(
        "all to hold a lease", () -> world.stations.values().stream().allMatch(Station::holds));
    return world;
  }

  /** Whoever is up and no member is admitted, twice a second, by whoever leads. */
  void admitting() {
    Station leader = leader();
    if (leader != null && leader.tenure.expulsion().leads()) {
      for (Station station : stations.values()) {
        boolean in = station.link.admission().isPresent();
        if (station.node.up() && in && leader.table.admits(station.bootId())) {
          Member asking = station.link.admission().orElseThrow().self();
          boolean reached = sim.network().connected(station.name, leader.name);
          if (reached) {
            leader.log.append(new JsonObject().put("admit", asking.toJson()).toBuffer());
          }
        }
      }
    }
    sim.after(Duration.ofMillis(500), this::admitting);
  }

  void change(Station station, Log.Change change) {
    Station leader = leader();
    Future<Long> done =
        leader.log.change(station.endpoint, change, leader.log.status().configuration());
    await(change + " of " + station.name, done::isComplete);
    if (done.failed()) {
      throw new AssertionError(done.cause());
    }
  }

  Station station(String name) {
    return stations.get(name);
  }

  /** The one that leads in the highest term, or null. */
  Station leader() {
    Station found = null;
    for (Station station : stations.values()) {
      if (station.leads() && (found == null || station.term() > found.term())) {
        found = station;
      }
    }
    return found;
  }

  /** Lets time pass, looking after every event. */
  void runFor(Duration span) {
    sim.runUntil(this::check, span);
  }

  void runUntil(BooleanSupplier condition, Duration bound) {
    sim.runUntil(() -> check() || condition.getAsBoolean(), bound);
  }

  private boolean check() {
    for (Station station : stations.values()) {
      if (goneNanos.containsKey(station.self) && station.holds()) {
        violations.add(
            station.self + " holds a lease at " + sim.elapsed() + " and is gone since "
                + Duration.ofNanos(goneNanos.get(station.self)));
        return true;
      }
    }
    return false;
  }

  void await(String what, BooleanSupplier condition) {
    await(what, Duration.ofSeconds(60), condition);
  }

  void await(String what, Duration within, BooleanSupplier condition) {
    sim.runUntil(() -> check() || condition.getAsBoolean(), within);
    if (!violations.isEmpty() || !condition.getAsBoolean()) {
      throw new AssertionError(
          "seed " + sim.seed() + ": still not after " + within + ": " + what + describe());
    }
  }

  String describe() {
    return "\n" + violations + "\n" + String.join("\n", story) + "\n" + stations.values();
  }
}
