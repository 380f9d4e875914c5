package dev.mabeam.variable;

import dev.mabeam.variable.conflict.Resolution;
import dev.mabeam.variable.version.Siblings;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;

/**
 * What one store has of one variable. Changed on the room's thread; what {@link #view} gives may be
 * read on any.
 */
final class Replica {
  /** Where it stands. */
  enum Role {
    /** It was kept over the end of a stay, and has not been looked at in this one. */
    KEPT,
    /** A replica by decision that has yet to learn what the others have: does not count. */
    FILLING,
    /** A replica that counts. */
    SERVING,
    /** No replica any more: goes when one of the replicas has what it has. */
    LEAVING
  }

  /**
   * What there is at one moment.
   *
   * @param state everything that is here, and what the others are told
   * @param shown what readers see: the same, or less where something else has to be seen first
   */
  record View(Role role, Siblings state, Siblings shown, Resolution resolution) {
    /** The value, which its receiver may change. */
    Object value() {
      return share(resolution.read(shown.live()));
    }

    List<Object> siblings() {
      // Not toList(): a value may be null.
      return Arrays.asList(
          resolution.siblings(shown.live()).stream().map(Replica::share).toArray());
    }
  }

  private final String name;
  private final String writer;
  private volatile View view = new View(Role.KEPT, Siblings.NONE, Siblings.NONE, null);
  private List<String> others = List.of();
  private long set;
  private boolean master;

  /**
   * @param writer the store id of the dots that are written here
   */
  Replica(String name, String writer) {
    this.name = name;
    this.writer = writer;
  }

  String name() {
    return name;
  }

  String writer() {
    return writer;
  }

  View view() {
    return view;
  }

  Role role() {
    return view.role;
  }

  Siblings state() {
    return view.state;
  }

  void become(Role role) {
    view = new View(role, view.state, view.shown, view.resolution);
  }

  /** Takes {@code state}, unless the resolution cannot make anything of it: then it throws. */
  void put(Siblings state, Resolution resolution) {
    resolution.read(state.live());
    view = new View(view.role, state, state, resolution);
  }

  /** The same, but readers do not see it before {@link #show}. */
  void receive(Siblings state, Resolution resolution) {
    resolution.read(state.live());
    view = new View(view.role, state, view.shown, resolution);
  }

  /** The same writes were seen, and fewer stand. */
  void settle(Siblings state, Siblings shown) {
    view = new View(view.role, state, shown, view.resolution);
  }

  void show(Siblings shown) {
    view = new View(view.role, view.state, shown, view.resolution);
  }

  List<String> others() {
    return others;
  }

  /** The number of the replica set that {@link #others} are of. */
  long set() {
    return set;
  }

  /** Whether this node was the variable's master in that set. */
  boolean master() {
    return master;
  }

  void place(List<String> newOthers, long newSet, boolean newMaster) {
    others = newOthers;
    set = newSet;
    master = newMaster;
  }

  /** A copy, which its receiver may change. */
  static Object share(Object value) {
    if (value instanceof JsonObject object) {
      return object.copy();
    }
    if (value instanceof Buffer bytes) {
      return bytes.copy();
    }
    return value instanceof JsonArray array ? array.copy() : value;
  }
}
