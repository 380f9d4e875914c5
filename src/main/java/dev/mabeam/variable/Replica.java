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

  /** What a reader sees at one moment. */
  record View(Role role, Siblings state, Resolution resolution) {
    /** The value, which its receiver may change. */
    Object value() {
      return share(resolution.read(state.live()));
    }

    List<Object> siblings() {
      // Not toList(): a value may be null.
      return Arrays.asList(
          resolution.siblings(state.live()).stream().map(Replica::share).toArray());
    }
  }

  private final String name;
  private final String writer;
  private volatile View view = new View(Role.KEPT, Siblings.NONE, null);
  private List<String> others = List.of();
  private long set;

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
    view = new View(role, view.state, view.resolution);
  }

  /** Takes {@code state}, unless the resolution cannot make anything of it: then it throws. */
  void put(Siblings state, Resolution resolution) {
    resolution.read(state.live());
    view = new View(view.role, state, resolution);
  }

  List<String> others() {
    return others;
  }

  /** The number of the replica set that {@link #others} are of. */
  long set() {
    return set;
  }

  void place(List<String> newOthers, long newSet) {
    others = newOthers;
    set = newSet;
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
