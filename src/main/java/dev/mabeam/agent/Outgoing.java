package dev.mabeam.agent;

import io.vertx.core.buffer.Buffer;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Batches what goes to other nodes: the frames that one event-loop thread writes in one turn become
 * one message a shard on the event bus. So a burst costs the bus one message, and a single ask
 * nothing but the end of the turn. What other threads write is sent from the room's context.
 *
 * <p>Frames that one event-loop thread writes for one shard arrive in that order, if they arrive.
 * That is why each such thread numbers what it sends as a sender of its own: what it sends never
 * waits for what another thread has not flushed yet.
 */
final class Outgoing {
  /** What sends a batch. */
  interface Sender {
    void send(String node, int shard, Buffer batch);
  }

  /** A batch is sent when it has this many bytes, whether or not the turn is over. */
  private static final int FULL = 64 * 1024;

  private final String nodeId;
  private final Executor room;
  private final Sender sender;
  /** Held weakly: a thread outlives the room, and would keep all of it; {@link #all} keeps them. */
  private final ThreadLocal<WeakReference<Lane>> lanes = new ThreadLocal<>();
  private final List<Lane> all = new CopyOnWriteArrayList<>();
  private final Lane shared;
  private final Homes homes;
  private final Executor loop;
  /** Tells this room from every other, also from an earlier one of this node. */
  private final String session;
  private final List<Numbering> numberings = new CopyOnWriteArrayList<>();

  /**
   * @param session random: names this as a sender
   * @param homes where event loops are, on which answers are at home
   */
  Outgoing(String nodeId, String session, Executor room, Homes homes, Sender sender) {
    this.nodeId = nodeId;
    this.session = session;
    this.room = room;
    this.homes = homes;
    loop = homes::later;
    this.sender = sender;
    shared = new Lane(0);
  }

  /** Has {@code frame} written into a batch for that agent's shard of {@code node}. Any thread. */
  void toAgent(String node, String agent, Consumer<Buffer> frame) {
    write(node, Shards.of(agent, homes.shards()), (batch, sender) -> frame.accept(batch));
  }

  /** The same; {@code frame} gets the name of the batch's sender too. */
  void toAgent(String node, String agent, BiConsumer<Buffer, String> frame) {
    write(node, Shards.of(agent, homes.shards()), frame);
  }

  /** The same for whoever awaits an answer. */
  void toOrigin(Frames.Origin origin, Consumer<Buffer> frame) {
    write(origin.node(), origin.shard(), (batch, sender) -> frame.accept(batch));
  }

  /** Numbers what is sent from this thread. */
  Numbering numbering() {
    return homes.onLoop() ? own().numbering : shared.numbering;
  }

  /** Those of all threads. */
  List<Numbering> numberings() {
    return numberings;
  }

  private void write(String node, int shard, BiConsumer<Buffer, String> frame) {
    if (!homes.onLoop()) {
      synchronized (shared) {
        shared.write(node, shard, frame, room);
      }
      return;
    }
    own().write(node, shard, frame, loop);
  }

  /** That of this event-loop thread. */
  private Lane own() {
    WeakReference<Lane> known = lanes.get();
    if (known != null) {
      return known.get();
    }
    Lane own = new Lane(homes.ownShard());
    all.add(own);
    lanes.set(new WeakReference<>(own));
    return own;
  }

  private final class Lane {
    private final Frames.Origin origin;
    private final String name;
    private final Numbering numbering;
    private Map<String, Buffer[]> batches = new HashMap<>();
    private boolean scheduled;

    Lane(int shard) {
      origin = new Frames.Origin(nodeId, shard);
      synchronized (numberings) {
        name = Stamp.ofNode(session + "." + numberings.size());
        numbering = new Numbering(name);
        numberings.add(numbering);
      }
    }

    void write(String node, int shard, BiConsumer<Buffer, String> frame, Executor thread) {
      Buffer[] ofNode = batches.computeIfAbsent(node, none -> new Buffer[Shards.COUNT]);
      Buffer batch = ofNode[shard];
      if (batch == null) {
        batch = Frames.batch(origin, name);
        ofNode[shard] = batch;
      }
      frame.accept(batch, name);
      if (batch.length() >= FULL) {
        ofNode[shard] = null;
        sender.send(node, shard, batch);
      }
      if (!scheduled) {
        scheduled = true;
        thread.execute(this::flush);
      }
    }

    private void flush() {
      Map<String, Buffer[]> full;
      if (this == shared) {
        synchronized (this) {
          full = take();
        }
      } else {
        full = take();
      }
      full.forEach(this::send);
    }

    private Map<String, Buffer[]> take() {
      Map<String, Buffer[]> full = batches;
      batches = new HashMap<>();
      scheduled = false;
      return full;
    }

    private void send(String node, Buffer[] shards) {
      for (int shard = 0; shard < shards.length; shard++) {
        if (shards[shard] != null) {
          sender.send(node, shard, shards[shard]);
        }
      }
    }
  }
}
