package dev.mabeam.grid;

import io.vertx.core.Context;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.infinispan.manager.DefaultCacheManager;
import org.infinispan.notifications.Listener;
import org.infinispan.notifications.cachemanagerlistener.annotation.Merged;
import org.infinispan.notifications.cachemanagerlistener.annotation.ViewChanged;
import org.infinispan.notifications.cachemanagerlistener.event.MergeEvent;
import org.infinispan.notifications.cachemanagerlistener.event.ViewChangedEvent;
import org.infinispan.remoting.transport.Address;
import org.infinispan.remoting.transport.Transport;

/**
 * Follows the channel's views. Infinispan calls on its own threads; listeners are called on the
 * context, in order.
 */
@Listener
final class ViewWatch {
  private final Context context;
  private final List<Consumer<GridView>> listeners = new CopyOnWriteArrayList<>();
  private volatile GridView view = new GridView(-1, List.of(), false);

  ViewWatch(Context context) {
    this.context = context;
  }

  /** Starts following; the first view is there when this returns. */
  void attach(DefaultCacheManager caches) {
    caches.addListener(this);
    Transport transport = caches.getTransport();
    install(transport.getViewId(), transport.getMembers(), false);
  }

  GridView view() {
    return view;
  }

  Runnable onView(Consumer<GridView> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /** Called by Infinispan. */
  @ViewChanged
  public void viewChanged(ViewChangedEvent event) {
    install(event.getViewId(), event.getNewMembers(), false);
  }

  /** Called by Infinispan. */
  @Merged
  public void merged(MergeEvent event) {
    install(event.getViewId(), event.getNewMembers(), true);
  }

  private synchronized void install(long id, List<Address> addresses, boolean merged) {
    if (id <= view.id()) {
      return;
    }
    List<String> names = addresses.stream().map(GridConfig::nodeName).distinct().toList();
    GridView next = new GridView(id, names, merged);
    view = next;
    context.runOnContext(none -> listeners.forEach(listener -> listener.accept(next)));
  }
}
