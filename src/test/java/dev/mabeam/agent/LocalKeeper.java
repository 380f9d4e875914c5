package dev.mabeam.agent;

import dev.mabeam.checkpoint.CheckpointContext;
import dev.mabeam.checkpoint.CheckpointCounts;
import dev.mabeam.checkpoint.CheckpointRoom;
import dev.mabeam.checkpoint.CheckpointStore;
import dev.mabeam.checkpoint.SetDecisions;
import dev.mabeam.consensus.Members;
import dev.mabeam.link.Courier;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.time.ThreadScheduler;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;

/** One node's real checkpoint room, on a thread of its own, with a courier within this JVM. */
final class LocalKeeper implements SetDecisions {
  /** Carries frames between the nodes of one test; a node that is cut off is not reached. */
  static final class Wires {
    private final Map<LinkAddress, Line> lines = new ConcurrentHashMap<>();
    private final Set<LinkAddress> cut = ConcurrentHashMap.newKeySet();

    void cut(LinkAddress address) {
      cut.add(address);
    }

    void mend(LinkAddress address) {
      cut.remove(address);
    }

    private final class Line implements Courier {
      private final LinkAddress own;
      private final ThreadScheduler thread;
      private volatile Handler handler = (from, type, payload) -> {};

      Line(LinkAddress own, ThreadScheduler thread) {
        this.own = own;
        this.thread = thread;
        lines.put(own, this);
      }

      @Override
      public void send(LinkAddress to, byte type, Buffer payload) {
        Line line = lines.get(to);
        if (line != null && reaches(to)) {
          line.thread.execute(() -> line.handler.frame(own, type, payload));
        }
      }

      @Override
      public boolean reaches(LinkAddress to) {
        return !cut.contains(own) && !cut.contains(to);
      }

      @Override
      public void onFrame(Handler handler) {
        this.handler = handler;
      }
    }
  }

  private final ThreadScheduler thread;
  private final ChosenStores stores;
  private final CheckpointStore store;
  private final CheckpointCounts counts = new CheckpointCounts();
  private volatile CheckpointRoom room;
  private volatile SetDecisions decisions;

  LocalKeeper(
      String name, LinkAddress address, Wires wires, Supplier<Members> members, long seed) {
    stores = new ChosenStores(members);
    thread = ThreadScheduler.start("checkpoints-" + name);
    store = CheckpointStore.inMemory(new Random(seed));
    CountDownLatch opened = new CountDownLatch(1);
    thread.execute(
        () -> {
          room =
              CheckpointRoom.open(
                  new CheckpointContext(
                      wires.new Line(address, thread),
                      thread,
                      store,
                      stores::all,
                      this,
                      counts,
                      seed));
          opened.countDown();
        });
    try {
      opened.await();
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }

  String storeId() {
    return store.id();
  }

  CheckpointCounts counts() {
    return counts;
  }

  void decideBy(SetDecisions decisions) {
    this.decisions = decisions;
  }

  Keeping keeping() {
    return new Keeping(room, thread::execute, thread, stores::choose);
  }

  @Override
  public void drop(String silent, Map<String, Long> epochs) {
    if (decisions != null) {
      decisions.drop(silent, epochs);
    }
  }

  @Override
  public void filled(String key, long epoch, long version) {
    if (decisions != null) {
      decisions.filled(key, epoch, version);
    }
  }

  @Override
  public void change(String key, long epoch, long version, List<String> to) {
    if (decisions != null) {
      decisions.change(key, epoch, version, to);
    }
  }

  void close() {
    thread.execute(room::close);
    thread.close();
  }
}
