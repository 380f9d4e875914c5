package dev.mabeam.link;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * A node's connections to all other nodes of its cluster, and how it came into that cluster.
 *
 * <h2>Lifecycle</h2>
 *
 * {@link #create}, {@link #join} once, {@link #leave} once. A node that wants to try again makes a
 * new one. One that was expelled comes back on the same one, with another boot id: {@link #rejoin}.
 *
 * <h2>Use</h2>
 *
 * Everything is called, and calls back, on the thread of the {@link Scheduler} that was given: one
 * event loop, or the simulation.
 *
 * <h2>Guaranteed</h2>
 *
 * Seeds found one cluster, never two, except as {@link Founding} says at its end. A peer whose
 * process ended shows as REFUSED within a second or two, one that is cut off as SILENT within about
 * three; after a heal it is CONNECTED again within about three. <em>Not</em> guaranteed: that two
 * nodes see a third one alike.
 */
public final class Link {
  /** How often each end of a connection says that it is alive. */
  public static final Duration HEARTBEAT = Duration.ofMillis(500);

  private static final System.Logger LOG = System.getLogger(Link.class.getName());
  private static final Duration JOIN_DEADLINE = Duration.ofSeconds(4);
  private static final Duration REJOIN_PAUSE = Duration.ofMillis(300);

  private final LinkOptions options;
  private final LinkTransport transport;
  private final SeedSource seeds;
  private final Scheduler scheduler;
  private final RandomGenerator random;
  private final Founding.Rules rules;
  private final Consumer<Founding.Phase> onPhase;
  private String bootId;
  private final Lines lines;
  private final LinkCourier courier;
  private final Set<Wire> incoming = new HashSet<>();
  private final List<Consumer<PeerState>> listeners = new CopyOnWriteArrayList<>();
  private final List<Consumer<Member>> replacedListeners = new ArrayList<>();
  private LinkAddress self;
  private Founding founding;
  private Admission admission;
  private Mesh mesh;
  private Registrar registrar = Registrar.ABSENT;
  private String remembered = "";
  private boolean closed;

  private Link(
      LinkOptions options,
      LinkTransport transport,
      SeedSource seeds,
      Scheduler scheduler,
      RandomGenerator random,
      Founding.Rules rules,
      Consumer<Founding.Phase> onPhase) {
    this.options = options;
    this.transport = transport;
    this.seeds = seeds;
    this.scheduler = scheduler;
    this.random = random;
    this.rules = rules;
    this.onPhase = onPhase;
    this.self = options.link();
    this.bootId = randomId();
    this.lines = new Lines(transport, scheduler, this::hello);
    this.courier = new LinkCourier(lines, scheduler, this::clusterId);
  }

  /** A link that is not open yet; it owns {@code transport}. */
  public static Link create(
      LinkOptions options,
      LinkTransport transport,
      SeedSource seeds,
      Scheduler scheduler,
      RandomGenerator random) {
    return create(
        options, transport, seeds, scheduler, random, new Founding.Rules(), phase -> {});
  }

  static Link create(
      LinkOptions options,
      LinkTransport transport,
      SeedSource seeds,
      Scheduler scheduler,
      RandomGenerator random,
      Founding.Rules rules,
      Consumer<Founding.Phase> onPhase) {
    return new Link(options, transport, seeds, scheduler, random, rules, onPhase);
  }

  /**
   * Listens, and finds or founds the cluster. Fails with NO_REACHABLE_SEED_NODES that names whom it
   * waited for, with CONFLICT if the port or the node's name is taken; the link is closed then.
   */
  public Future<Admission> join() {
    return listen()
        .compose(listening -> founding.run())
        .onSuccess(this::open)
        .recover(
            failure -> leave().transform(done -> Future.failedFuture(failure)));
  }

  /**
   * Listens as a node whose store holds the log of that cluster, which others may speak with at
   * once; then {@link #join}, which looks for that cluster alone. Fails with CONFLICT if the port is
   * taken.
   */
  public Future<Void> resume(String clusterId) {
    remembered = clusterId;
    return listen();
  }

  /**
   * While a {@link #join} is under way that a {@link #resume} came before: this node was admitted by
   * its own log. The search ends with that, unless it has ended before.
   */
  public void enter(Admission in) {
    founding.admitted(in);
  }

  private Future<Void> listen() {
    if (founding != null) {
      return Future.succeededFuture();
    }
    return transport
        .listen(options.link(), this::accept)
        .compose(
            bound -> {
              if (closed) {
                return Future.failedFuture(left());
              }
              self = bound;
              founding =
                  new Founding(
                      options, bound, bootId, seeds, lines, new Joining(), scheduler, random,
                      rules, onPhase);
              return Future.succeededFuture();
            });
  }

  /** This node as it applies: a member whose incarnation is 0. Listens already. */
  public Member applicant() {
    String store = options.store().isEmpty() ? bootId : options.store();
    return new Member(options.name(), 0, self, options.grid(), options.bus(), bootId, store);
  }

  private MabeamException left() {
    return new MabeamException(
        ErrorCode.UNAVAILABLE, "node '" + options.name() + "' left before it was in a cluster");
  }

  /** Sets who rules on admissions; until then applicants are told to ask again. */
  public void setRegistrar(Registrar newRegistrar) {
    registrar = newRegistrar;
  }

  /** Takes up a member that was admitted, if it is news. */
  public void learn(Member member) {
    if (mesh != null) {
      mesh.learn(member);
    }
  }

  /**
   * Applies again, for a new incarnation in the same cluster, after this one was expelled: to every
   * peer in turn, until one admits it. Fails with CONFLICT if the name was given away meanwhile,
   * UNAVAILABLE if the link is left.
   */
  public Future<Admission> rejoin() {
    // One life is admitted once: to the others this is another one at the same address.
    bootId = randomId();
    List<LinkAddress> members = new ArrayList<>();
    admission.others().forEach(member -> members.add(member.link()));
    peers().forEach(peer -> members.add(peer.member().link()));
    Promise<Admission> result = Promise.promise();
    rejoin(members.stream().distinct().filter(to -> !to.equals(self)).toList(), 0, result);
    return result.future();
  }

  private void rejoin(List<LinkAddress> members, int turn, Promise<Admission> result) {
    if (closed) {
      result.fail(left());
      return;
    }
    new Joining()
        .apply(members.isEmpty() ? self : members.get(turn % members.size()))
        .onComplete(
            admitted -> {
              if (admitted.succeeded() && !closed) {
                mesh.stop();
                result.complete(become(admitted.result()));
              } else if (admitted.failed()
                  && MabeamException.of(admitted.cause()).code() == ErrorCode.CONFLICT) {
                result.fail(admitted.cause());
              } else {
                scheduler.after(REJOIN_PAUSE, () -> rejoin(members, turn + 1, result));
              }
            });
  }

  /** What {@link #join} gave, or {@link #rejoin} later. */
  public Optional<Admission> admission() {
    return Optional.ofNullable(admission);
  }

  /**
   * Carries what the rooms above say to those of other nodes. Drops what it is given as long as
   * this node is in no cluster; used on this link's thread, see {@link Courier#hopping}.
   */
  public Courier courier() {
    return courier;
  }

  /** Every other member that this node knows something of, oldest first. */
  public Collection<PeerState> peers() {
    return mesh == null ? List.of() : mesh.roster().states();
  }

  /**
   * Hears of every peer that appears, changes its reachability, or leaves, until what is returned is
   * run. Both may be called on any thread.
   */
  public Runnable onChange(Consumer<PeerState> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /**
   * Hears, at most once, that another node got this one's name while this one was out of reach. The
   * cluster does not know this incarnation any more, so the node should leave.
   */
  public void onReplaced(Consumer<Member> listener) {
    replacedListeners.add(listener);
  }

  /** Asks right now whether somebody answers there: CONNECTED, SILENT or REFUSED. */
  public Future<Reachability> probe(LinkAddress address) {
    return lines
        .probe(address)
        .map(
            heard -> {
              if (heard instanceof Lines.Heard.Refused) {
                return Reachability.REFUSED;
              }
              return heard instanceof Lines.Heard.Silent
                  ? Reachability.SILENT
                  : Reachability.CONNECTED;
            });
  }

  /**
   * As {@link #probe(LinkAddress)} asks for the process of that member: REFUSED, too, if another
   * one answers at its address.
   */
  public Future<Reachability> probe(Member member) {
    return lines
        .probe(member.link())
        .map(
            heard -> {
              if (heard instanceof Lines.Heard.Answered answer) {
                return answer.from().bootId().equals(member.bootId())
                    ? Reachability.CONNECTED
                    : Reachability.REFUSED;
              }
              return heard instanceof Lines.Heard.Refused
                  ? Reachability.REFUSED
                  : Reachability.SILENT;
            });
  }

  /** Tells the peers goodbye and closes everything. A second call does nothing. */
  public Future<Void> leave() {
    if (closed) {
      return Future.succeededFuture();
    }
    closed = true;
    if (founding != null) {
      founding.stop("node '" + options.name() + "' left before it was in a cluster");
    }
    if (mesh != null) {
      mesh.leave();
    }
    List.copyOf(incoming).forEach(Wire::close);
    courier.close();
    lines.close();
    return transport.close();
  }

  private void open(Admission in) {
    if (in.founder()) {
      LOG.log(System.Logger.Level.INFO, in.self().id() + " founded cluster " + in.clusterId());
    } else {
      LOG.log(System.Logger.Level.INFO, in.self().id() + " joined cluster " + in.clusterId());
    }
  }

  /** In the same turn as the decision: from now on this node answers as a member. */
  private Admission become(Admission in) {
    admission = in;
    mesh = new Mesh(in, lines, scheduler, listeners, this::replaced);
    mesh.start();
    return in;
  }

  private void replaced(Member by) {
    if (by.bootId().equals(bootId)) {
      return; // itself, about to hear that it was admitted again
    }
    List<Consumer<Member>> once = List.copyOf(replacedListeners);
    replacedListeners.clear();
    if (!once.isEmpty()) {
      LOG.log(
          System.Logger.Level.WARNING,
          admission.self().id() + " was replaced by " + by.id() + " at " + by.link());
    }
    once.forEach(listener -> listener.accept(by));
  }

  private String clusterId() {
    return admission == null ? remembered : admission.clusterId();
  }

  // ---- incoming connections -------------------------------------------------------------------

  private Hello hello(String purpose) {
    return new Hello(
        Hello.PROTOCOL,
        purpose,
        bootId,
        options.name(),
        self,
        clusterId(),
        admission == null ? null : admission.self());
  }

  private void accept(LinkTransport.Connection connection) {
    if (closed) {
      connection.close();
      return;
    }
    Wire wire = new Wire(connection, hello(Hello.LINK), scheduler).onAsk(this::answer);
    incoming.add(wire);
    wire.onClose(() -> incoming.remove(wire));
    wire.ready()
        .onSuccess(
            ready -> {
              switch (ready.hello().purpose()) {
                case Hello.LINK -> {
                  incoming.remove(wire);
                  link(wire);
                }
                case Hello.COURIER -> {
                  incoming.remove(wire);
                  courier.accept(wire);
                }
                default -> {}
              }
            });
  }

  private void link(Wire wire) {
    Hello from = wire.hello();
    boolean ours =
        admission != null
            && from.member() != null
            && from.clusterId().equals(admission.clusterId());
    if (ours) {
      mesh.attach(wire);
    } else {
      wire.refuse(
          "OTHER_CLUSTER",
          "node '" + from.name() + "' is in cluster '" + from.clusterId() + "' and node '"
              + options.name() + "' in '" + hello(Hello.LINK).clusterId() + "'");
    }
  }

  private Future<JsonObject> answer(Hello from, JsonObject question) {
    if (founding == null || closed) {
      return Future.succeededFuture(new JsonObject());
    }
    if (!question.getString("ask", "").equals("join")) {
      return Future.succeededFuture(founding.answer(from, question));
    }
    if (clusterId().isEmpty()) {
      return ruled(new Registrar.Ruling.Later("in no cluster yet"));
    }
    Member applicant;
    try {
      applicant = Member.fromJson(question.getJsonObject("applicant"));
    } catch (RuntimeException malformed) {
      return ruled(
          new Registrar.Ruling.Later("the application is malformed: " + malformed.getMessage()));
    }
    return lines
        .probe(applicant.link())
        .compose(
            heard ->
                isLife(heard, applicant)
                    ? registrar.admit(applicant).map(this::told)
                    : ruled(
                        new Registrar.Ruling.Later(
                            "node '" + options.name() + "' finds no '" + applicant.name() + "' at "
                                + applicant.link())));
  }

  /**
   * An application can arrive after its sender has died, and one whose address nobody can dial
   * would be of no use in the cluster.
   */
  private static boolean isLife(Lines.Heard heard, Member applicant) {
    return heard instanceof Lines.Heard.Answered answer
        && answer.from().bootId().equals(applicant.bootId());
  }

  private Future<JsonObject> ruled(Registrar.Ruling ruling) {
    return Future.succeededFuture(told(ruling));
  }

  private JsonObject told(Registrar.Ruling ruling) {
    return Registrar.toJson(clusterId(), ruling);
  }

  /** How an application travels: a member without an incarnation. */
  static JsonObject application(Member applicant) {
    return new JsonObject().put("ask", "join").put("applicant", applicant.toJson());
  }

  Mesh mesh() {
    return mesh;
  }

  Lines lines() {
    return lines;
  }

  private String randomId() {
    return "%016x".formatted(random.nextLong());
  }

  /** What founding leads to. */
  private final class Joining implements Applications {
    @Override
    public Admission found() {
      return become(new Admission(randomId(), applicant().as(1), List.of(), true));
    }

    @Override
    public Future<Admission> apply(LinkAddress to) {
      return lines
          .ask(to, application(applicant()), JOIN_DEADLINE)
          .compose(
              heard ->
                  heard instanceof Lines.Heard.Answered answer
                      ? ruled(answer.body())
                      : notNow("member " + to + " does not answer"));
    }

    private Future<Admission> ruled(JsonObject answer) {
      Registrar.Ruling ruling = Registrar.fromJson(answer);
      if (ruling instanceof Registrar.Ruling.Admitted in) {
        return Future.succeededFuture(
            new Admission(answer.getString("clusterId"), in.self(), in.others(), false));
      }
      if (ruling instanceof Registrar.Ruling.Conflict conflict) {
        return Future.failedFuture(
            new MabeamException(
                ErrorCode.CONFLICT,
                conflict.message(),
                "choose another --name, or end the node that has it"));
      }
      return notNow(((Registrar.Ruling.Later) ruling).why());
    }

    private Future<Admission> notNow(String why) {
      return Future.failedFuture(new MabeamException(ErrorCode.UNAVAILABLE, why));
    }

    @Override
    public Admission enter(Admission in) {
      return become(in);
    }

    @Override
    public String clusterId() {
      return Link.this.clusterId();
    }
  }
}
