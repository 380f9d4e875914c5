package dev.mabeam.variable;

import dev.mabeam.variable.conflict.Resolution;
import dev.mabeam.variable.ledger.Book;
import dev.mabeam.variable.version.Siblings;
import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;

/**
 * What one store has of one variable. What {@link #view} gives may be read on any thread. What is
 * there may be written on any thread too, by whoever holds this object's monitor from its look at
 * what is there until it has put what follows from that; everything else changes on the room's
 * thread.
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
      return shown.live().isEmpty() ? null : share(resolution.read(shown.live()));
    }

    List<Object> siblings() {
      // Not toList(): a value may be null.
      if (shown.live().isEmpty()) {
        return List.of();
      }
      List<Object> beside = resolution.siblings(shown.live());
      return beside.isEmpty()
          ? List.of()
          : Arrays.asList(beside.stream().map(Replica::share).toArray());
    }
  }

  private final String name;
  private final long life;
  private final String writer;
  private volatile View view = new View(Role.KEPT, Siblings.NONE, Siblings.NONE, null);
  private long era;
  private String key;
  private List<String> others = List.of();
  private long set;
  private boolean master;
  /** Whether the room's thread has yet to hear of a write. */
  private boolean unheard;
  private Book book;

  /**
   * @param writer the store id of the dots that are written here
   */
  Replica(String name, long life, long era, String writer) {
    this.name = name;
    this.life = life;
    this.era = era;
    this.key = VariableInfo.key(name, life, era);
    this.writer = writer;
  }

  String name() {
    return name;
  }

  long life() {
    return life;
  }

  long era() {
    return era;
  }

  /** What it is called between replicas. */
  String key() {
    return key;
  }

  /** Goes on in the next era, without what was pruned from it. */
  synchronized void prune(VersionVector gone) {
    era++;
    key = VariableInfo.key(name, life, era);
    Siblings left = view.state.pruned(gone, writer);
    view = new View(view.role, left, left, view.resolution);
  }

  /** Has what {@code before} had, without what was pruned from it. */
  synchronized void takeOver(Replica before, VersionVector gone) {
    Siblings left = before.state().pruned(gone, writer);
    view = new View(before.role(), left, left, before.view.resolution);
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

  synchronized void become(Role role) {
    view = new View(role, view.state, view.shown, view.resolution);
  }

  /** Takes {@code state}, unless the resolution cannot make anything of it: then it throws. */
  synchronized void put(Siblings state, Resolution resolution) {
    require(state, resolution);
    view = new View(view.role, state, state, resolution);
  }

  /** The same, but readers do not see it before {@link #show}. */
  synchronized void receive(Siblings state, Resolution resolution) {
    require(state, resolution);
    view = new View(view.role, state, view.shown, resolution);
  }

  /** The same writes were seen, and fewer stand. */
  synchronized void settle(Siblings state, Siblings shown) {
    view = new View(view.role, state, shown, view.resolution);
  }

  synchronized void show(Siblings shown) {
    view = new View(view.role, view.state, shown, view.resolution);
  }

  /** Notes a write of which the room's thread is to hear; false if it is to hear of one already. */
  synchronized boolean leaveUnheard() {
    boolean first = !unheard;
    unheard = true;
    return first;
  }

  /** Whatever is written from now on is to be noted again. */
  synchronized void hear() {
    unheard = false;
  }

  /** Has it kept as a ledger. */
  void keep(Book ledger) {
    book = ledger;
  }

  /** Null if it is no ledger. */
  Book book() {
    return book;
  }

  private static void require(Siblings state, Resolution resolution) {
    if (!state.live().isEmpty()) {
      resolution.read(state.live());
    }
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
