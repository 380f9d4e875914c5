package dev.mabeam.variable;

import dev.mabeam.variable.conflict.Resolution;
import dev.mabeam.variable.ledger.Book;
import dev.mabeam.variable.sync.Keyed;
import dev.mabeam.variable.version.Packing;
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
 *
 * <p>There is one for each variable, and most are looked at rarely: what a replica that counts has
 * is packed when nobody looked at it for a while ({@link #rest}), and unpacked by the next who does.
 */
final class Replica implements Keyed {
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

  /**
   * Where it stands; many share one.
   *
   * @param writer the store id of the dots that are written here
   * @param others who keeps it besides, in the replica set of number {@code set}
   * @param master whether this node was the variable's master in that set
   * @param resolution of what is packed
   * @param stores of what is packed
   */
  private record Place(
      String writer,
      long era,
      List<String> others,
      long set,
      boolean master,
      Resolution resolution,
      List<String> stores) {
    Place in(List<String> newOthers, long newSet, boolean newMaster) {
      return Alike.of(
          new Place(writer, era, newOthers, newSet, newMaster, resolution, stores));
    }

    Place packing(Resolution newResolution, List<String> newStores) {
      return Alike.of(
          new Place(writer, era, others, set, master, newResolution, newStores));
    }
  }

  private final String name;
  private final long life;
  /** Tells what is packed in {@link #held} as long as something is. */
  private volatile Place place;
  /** A {@link View}; or, of one that counts and shows all it has, bytes of {@link Packing}. */
  private volatile Object held = new View(Role.KEPT, Siblings.NONE, Siblings.NONE, null);
  /** Whether it was looked at since {@link #rest} was called last. */
  private boolean used;
  /** Whether the room's thread has yet to hear of a write. */
  private boolean unheard;
  private Book book;

  /**
   * @param writer the store id of the dots that are written here
   */
  Replica(String name, long life, long era, String writer) {
    this.name = name;
    this.life = life;
    place = Alike.of(new Place(writer, era, List.of(), 0, false, null, List.of()));
  }

  String name() {
    return name;
  }

  long life() {
    return life;
  }

  long era() {
    return place.era;
  }

  @Override
  public String key() {
    return VariableInfo.key(name, life, place.era);
  }

  @Override
  public boolean isKey(String key) {
    int end = name.length();
    if (key.length() <= end || key.charAt(end) != '/' || !key.startsWith(name)) {
      return false;
    }
    return place.era == 0 ? isAfter(key, end, life) : key.equals(key());
  }

  /** Whether nothing but that number comes after {@code end}. */
  private static boolean isAfter(String key, int end, long number) {
    int at = key.length() - 1;
    for (long left = number; at > end && key.charAt(at) == '0' + left % 10; left /= 10, at--) {
      if (left < 10) {
        return at == end + 1;
      }
    }
    return false;
  }

  /**
   * Has what {@code before} had in the era before, without what was pruned from it, and stands where
   * that stood.
   */
  void takeOver(Replica before, VersionVector gone) {
    View view = before.view();
    Siblings left = view.state.pruned(gone, writer());
    held = new View(view.role, left, left, view.resolution);
    book = before.book;
    place(before.others(), before.set(), before.master());
  }

  String writer() {
    return place.writer;
  }

  View view() {
    if (!used) {
      used = true;
    }
    return held instanceof View view ? view : unpacked();
  }

  private synchronized View unpacked() {
    if (held instanceof byte[] packed) {
      Siblings state = Packing.unpack(packed, place.stores);
      held = new View(Role.SERVING, state, state, place.resolution);
    }
    return (View) held;
  }

  /** Packs what is here, if nobody looked at it since this was called last. */
  synchronized void rest() {
    if (used) {
      used = false;
    } else if (held instanceof View view
        && view.role == Role.SERVING
        && view.shown == view.state
        && book == null) {
      List<String> stores = Packing.stores(view.state);
      byte[] packed = Packing.pack(view.state, stores);
      if (packed != null) {
        place = place.packing(view.resolution, stores);
        held = packed;
      }
    }
  }

  /** Whether it is packed. */
  boolean isAtRest() {
    return !(held instanceof View);
  }

  Role role() {
    return held instanceof View view ? view.role : Role.SERVING;
  }

  /** Whether it counts, and what it has can be read; any thread. */
  boolean isReadable() {
    return held instanceof View view
        ? view.role == Role.SERVING && !view.resolution.isMissing()
        : !place.resolution.isMissing();
  }

  Siblings state() {
    return view().state;
  }

  synchronized void become(Role role) {
    View view = view();
    held = new View(role, view.state, view.shown, view.resolution);
  }

  /** Takes {@code state}, unless the resolution cannot make anything of it: then it throws. */
  synchronized void put(Siblings state, Resolution resolution) {
    require(state, resolution);
    held = new View(view().role, state, state, resolution);
  }

  /** The same, but readers do not see it before {@link #show}. */
  synchronized void receive(Siblings state, Resolution resolution) {
    require(state, resolution);
    View view = view();
    held = new View(view.role, state, view.shown, resolution);
  }

  /** The same writes were seen, and fewer stand. */
  synchronized void settle(Siblings state, Siblings shown) {
    View view = view();
    held = new View(view.role, state, shown, view.resolution);
  }

  synchronized void show(Siblings shown) {
    View view = view();
    held = new View(view.role, view.state, shown, view.resolution);
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
    return place.others;
  }

  /** The number of the replica set that {@link #others} are of. */
  long set() {
    return place.set;
  }

  /** Whether this node was the variable's master in that set. */
  boolean master() {
    return place.master;
  }

  synchronized void place(List<String> others, long set, boolean master) {
    place = place.in(others, set, master);
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
