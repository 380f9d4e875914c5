package dev.mabeam.testing.sim;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.Frame;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.LinkTransport;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Links between simulated nodes: hosts are the nodes' names. What TCP promises holds (frames of a
 * connection arrive in order, or it breaks), except that {@link SimNetwork#setLoss} loses single
 * frames. Under a cut frames wait and dialling is silent; a paused node accepts connections and
 * says nothing; a crashed one refuses, a powered-off one is silent.
 */
public final class SimLinkTransport implements LinkTransport {
  private final SimNode node;
  private final long life;
  private final Simulation simulation;
  private final Set<SimConnection> connections = new LinkedHashSet<>();
  private LinkAddress listening;
  private Consumer<Connection> onConnection;

  private SimLinkTransport(SimNode node) {
    this.node = node;
    this.life = node.life();
    this.simulation = node.simulation();
    node.atEndOfLife(this::processEnded);
  }

  /** The transport of the node's present life. */
  public static SimLinkTransport of(SimNode node) {
    return new SimLinkTransport(node);
  }

  @Override
  public Future<LinkAddress> listen(LinkAddress address, Consumer<Connection> handler) {
    LinkAddress bound =
        address.port() == 0
            ? new LinkAddress(address.host(), LinkAddress.DEFAULT_PORT)
            : address;
    SimLinkTransport holder = simulation.network().listeners.get(bound);
    if (holder != null && holder.lives()) {
      return Future.failedFuture(
          new MabeamException(ErrorCode.CONFLICT, "port " + bound + " is taken"));
    }
    listening = bound;
    onConnection = handler;
    simulation.network().listeners.put(bound, this);
    return Future.succeededFuture(bound);
  }

  @Override
  public Future<Dial> dial(LinkAddress to, Duration timeout) {
    Promise<Dial> promise = Promise.promise();
    long there = way(node.name(), to.host());
    long back = way(to.host(), node.name());
    node.scheduler()
        .after(timeout, () -> promise.tryComplete(new Dial.Silent("no answer within " + timeout)));
    simulation.at(simulation.nanos() + there, () -> knock(to, back, promise));
    return promise.future();
  }

  /** The first packet arrives at the other machine, or does not. */
  private void knock(LinkAddress to, long back, Promise<Dial> promise) {
    SimNode host = simulation.nodeOrNull(to.host());
    boolean off = host == null || host.state() == SimNode.State.OFF;
    if (off || !lives() || !simulation.network().connected(node.name(), to.host())) {
      return;
    }
    SimLinkTransport listener = simulation.network().listeners.get(to);
    boolean refused = listener == null || !listener.lives();
    if (refused) {
      answer(back, () -> promise.tryComplete(new Dial.Refused()));
      return;
    }
    SimConnection mine = new SimConnection(this, to.toString());
    SimConnection theirs = new SimConnection(listener, node.name());
    mine.other = theirs;
    theirs.other = mine;
    listener.connections.add(theirs);
    host.execute(listener.life, () -> listener.onConnection.accept(theirs));
    answer(
        back,
        () -> {
          if (promise.tryComplete(new Dial.Connected(mine))) {
            connections.add(mine);
          } else {
            mine.close();
          }
        });
  }

  private void answer(long back, Runnable task) {
    simulation.at(simulation.nanos() + back, () -> node.execute(life, task));
  }

  @Override
  public Future<Void> close() {
    if (listening != null) {
      simulation.network().listeners.remove(listening, this);
    }
    List.copyOf(connections).forEach(SimConnection::close);
    return Future.succeededFuture();
  }

  private boolean lives() {
    return node.up() && node.life() == life;
  }

  private long way(String from, String to) {
    return simulation.network().latencyNanos(from, to);
  }

  /** A frame on its way, or the news that the connection is closed. */
  private record Parcel(Frame frame, Runnable onArrival) {}

  /** One end. */
  private static final class SimConnection implements Connection {
    private final SimLinkTransport owner;
    private final String remote;
    private final SimNetwork network;
    private SimConnection other;
    private final Deque<Frame> early = new ArrayDeque<>();
    private Consumer<Frame> onFrame;
    private Runnable onClose = () -> {};
    private final Deque<Parcel> underWay = new ArrayDeque<>();
    private boolean closed;
    private long lastArrival;

    SimConnection(SimLinkTransport owner, String remote) {
      this.owner = owner;
      this.remote = remote;
      this.network = owner.simulation.network();
    }

    @Override
    public void send(Frame frame) {
      if (closed) {
        return;
      }
      if (network.loses()) {
        network.frameFault(SimNetwork.FrameFault.LOST, frame);
        return;
      }
      long late = network.lateNanos();
      if (late > 0) {
        network.frameFault(SimNetwork.FrameFault.LATE, frame);
      }
      carry(late, new Parcel(frame, () -> other.receive(frame)));
    }

    /** Brings it to the other end, after everything that was sent before it. */
    private void carry(long late, Parcel parcel) {
      underWay.add(parcel);
      long way = owner.way(owner.node.name(), other.owner.node.name()) + late;
      lastArrival = Math.max(lastArrival + 1, owner.simulation.nanos() + way);
      owner.simulation.at(lastArrival, this::arrive);
    }

    /** Whichever arrival this is, it is the next one's: a held one keeps its place. */
    private void arrive() {
      String from = owner.node.name();
      String to = other.owner.node.name();
      if (network.reaches(from, to)) {
        underWay.remove().onArrival.run();
      } else {
        if (underWay.element().frame != null) {
          network.frameFault(SimNetwork.FrameFault.HELD, underWay.element().frame);
        }
        network.hold(from, to, this::arrive);
      }
    }

    private void receive(Frame frame) {
      if (!owner.lives()) {
        reset();
        return;
      }
      owner.node.execute(
          owner.life,
          () -> {
            early.add(frame);
            drain();
          });
    }

    /** What came before the connection was handed out waits, as in a socket's buffer. */
    private void drain() {
      while (onFrame != null && !closed && !early.isEmpty()) {
        onFrame.accept(early.remove());
      }
    }

    /** This end's process is gone: its machine says so, if it is there. */
    void reset() {
      if (owner.node.state() != SimNode.State.OFF) {
        carry(0, new Parcel(null, other::closedByOther));
      }
    }

    private void closedByOther() {
      owner.node.execute(
          owner.life,
          () -> {
            if (!closed) {
              end();
            }
          });
    }

    private void end() {
      closed = true;
      owner.connections.remove(this);
      onClose.run();
    }

    @Override
    public void onFrame(Consumer<Frame> handler) {
      onFrame = handler;
      owner.simulation.at(
          owner.simulation.nanos(), () -> owner.node.execute(owner.life, this::drain));
    }

    @Override
    public void onClose(Runnable handler) {
      onClose = handler;
    }

    @Override
    public void close() {
      if (!closed) {
        carry(0, new Parcel(null, other::closedByOther));
        closed = true;
        owner.simulation.at(
            owner.simulation.nanos(), () -> owner.node.execute(owner.life, this::end));
      }
    }

    @Override
    public String remote() {
      return remote;
    }
  }

  /** Resets the connections of a process that ended, as its kernel does. */
  void processEnded() {
    Set<SimConnection> open = new LinkedHashSet<>(connections);
    connections.clear();
    open.forEach(SimConnection::reset);
  }
}
