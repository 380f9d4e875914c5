package dev.mabeam.testing.sim;

import dev.mabeam.grid.GridView;
import dev.mabeam.grid.Views;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** One simulated node's {@link Views}: what {@link SimGrid} installs there. */
final class SimViews implements Views {
  private final List<Consumer<GridView>> viewListeners = new ArrayList<>();
  private final List<Consumer<Boolean>> writableListeners = new ArrayList<>();
  private GridView view = new GridView(0, List.of(), false);
  private boolean writable;

  void install(GridView next, boolean takesWrites) {
    boolean changed = writable != takesWrites;
    view = next;
    writable = takesWrites;
    List.copyOf(viewListeners).forEach(listener -> listener.accept(next));
    if (changed) {
      List.copyOf(writableListeners).forEach(listener -> listener.accept(takesWrites));
    }
  }

  @Override
  public GridView view() {
    return view;
  }

  @Override
  public Runnable onView(Consumer<GridView> listener) {
    viewListeners.add(listener);
    return () -> viewListeners.remove(listener);
  }

  @Override
  public boolean writable() {
    return writable;
  }

  @Override
  public Runnable onWritable(Consumer<Boolean> listener) {
    writableListeners.add(listener);
    return () -> writableListeners.remove(listener);
  }
}
