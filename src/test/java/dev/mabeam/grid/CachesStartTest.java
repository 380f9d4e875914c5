package dev.mabeam.grid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.infinispan.manager.DefaultCacheManager;
import org.infinispan.notifications.Listener;
import org.infinispan.notifications.cachemanagerlistener.annotation.ViewChanged;
import org.infinispan.notifications.cachemanagerlistener.event.ViewChangedEvent;
import org.infinispan.remoting.transport.jgroups.JGroupsTransport;
import org.jgroups.Message;
import org.jgroups.stack.Protocol;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A real cache manager that joins another one, in this JVM. */
@Tag("long")
@Timeout(240)
class CachesStartTest {
  private static final Duration STALLED = Duration.ofSeconds(3);

  private final String cluster = "t" + ThreadLocalRandom.current().nextInt(1_000_000);

  /** Swallows what a coordinator tells all members: that a transfer of state begins, above all. */
  private static final class Silence extends Protocol {
    private volatile boolean silent = true;

    @Override
    public Object down(Message message) {
      return silent && message.getDest() == null ? null : super.down(message);
    }
  }

  @Listener
  public static final class Sizes {
    final BlockingQueue<List<String>> views = new LinkedBlockingQueue<>();

    @ViewChanged
    public void changed(ViewChangedEvent event) {
      views.add(event.getNewMembers().stream().map(Object::toString).toList());
    }
  }

  @Test
  void shouldGoOnAfterItsFirstStateDidNotCome() throws Exception {
    Sizes sizes = new Sizes();
    try (DefaultCacheManager first = CachesStart.start(config("n1"), "n1", false, STALLED)) {
      first.addListener(sizes);
      Silence silence = new Silence();
      ((JGroupsTransport) first.getTransport())
          .getChannel()
          .getProtocolStack()
          .insertProtocolAtTop(silence);

      CompletableFuture<DefaultCacheManager> joining =
          CompletableFuture.supplyAsync(this::join, task -> new Thread(task, "join").start());
      List<String> joined = next(sizes);
      assertEquals(2, joined.size());
      for (int time = 0; time < 2; time++) {
        assertEquals(1, next(sizes).size(), "it leaves before it begins anew");
        List<String> again = next(sizes);
        assertNotEquals(joined, again);
        joined = again;
      }
      assertFalse(joining.isDone(), "nothing came, and it has started");
      silence.silent = false;

      try (DefaultCacheManager second = joining.get(200, TimeUnit.SECONDS)) {
        assertEquals(first.getMembers(), second.getMembers());
        first.<String, String>getCache("mabeam.nodes").put("a", "1");
        assertEquals("1", second.<String, String>getCache("mabeam.nodes").get("a"));
      }
    }
  }

  private DefaultCacheManager join() {
    try {
      return CachesStart.start(config("n2"), "n2", true, STALLED);
    } catch (IOException unreadable) {
      throw new IllegalStateException(unreadable);
    }
  }

  private static List<String> next(Sizes sizes) throws InterruptedException {
    List<String> view = sizes.views.poll(120, TimeUnit.SECONDS);
    assertTrue(view != null, "no further view");
    return view;
  }

  private GridConfig config(String name) {
    List<String> hosts = name.equals("n1") ? List.of() : List.of("n1");
    return new GridConfig(
        new GridOptions(cluster, name, "127.0.0.1", 7800, hosts, "").withStack(GridOptions.LOCAL));
  }
}
