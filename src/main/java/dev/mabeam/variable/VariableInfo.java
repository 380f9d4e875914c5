package dev.mabeam.variable;

import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A variable's definition, as decided. Immutable; equal if everything is.
 *
 * <p>Every node has all of them, so what most have in common they share ({@link Form}).
 */
public final class VariableInfo {
  /** What differs between few. */
  private record Form(
      String master,
      long epoch,
      List<String> replicas,
      long set,
      long era,
      boolean closing,
      VersionVector pruned) {}

  private final String name;
  private final long life;
  private final VariableOptions options;
  private final Form form;

  /**
   * @param master the id of the node that is its master at {@code epoch}
   * @param replicas the ids of the nodes that keep its value
   * @param set counts the replica sets that there were, from 1: a replica that is in the first one
   *     starts from the variable's first value, one that came later is filled from the others
   * @param life the index in the log at which it was distributed: two of one name that was forgotten
   *     between them share nothing
   * @param era how often entries of stores that are gone were pruned from its version vectors
   * @param closing whether it is deleted and about to be forgotten: it takes no writes
   * @param pruned what was pruned last, up to which number of each store
   */
  public VariableInfo(
      String name,
      VariableOptions options,
      String master,
      long epoch,
      List<String> replicas,
      long set,
      long life,
      long era,
      boolean closing,
      VersionVector pruned) {
    this.name = name;
    this.life = life;
    // The value may be large, and changes hands.
    this.options = options.value() == null ? Alike.of(options) : options;
    // Nodes are few and variables many: they share the ids too.
    List<String> nodes = Alike.of(replicas.stream().map(String::intern).toList());
    form = Alike.of(new Form(master.intern(), epoch, nodes, set, era, closing, pruned));
  }

  private VariableInfo(String name, long life, VariableInfo like) {
    this.name = name;
    this.life = life;
    options = like.options;
    form = like.form;
  }

  /** With its first replica set. */
  public VariableInfo(
      String name, VariableOptions options, String master, long epoch, List<String> replicas) {
    this(name, options, master, epoch, replicas, 1, 1, 0, false, VersionVector.EMPTY);
  }

  public String name() {
    return name;
  }

  public VariableOptions options() {
    return options;
  }

  /** The id of the node that is its master at {@link #epoch}. */
  public String master() {
    return form.master;
  }

  public long epoch() {
    return form.epoch;
  }

  /** The ids of the nodes that keep its value. */
  public List<String> replicas() {
    return form.replicas;
  }

  /** Which of its replica sets that is, from 1. */
  public long set() {
    return form.set;
  }

  /** The index in the log at which it was distributed. */
  public long life() {
    return life;
  }

  /** How often entries of stores that are gone were pruned from its version vectors. */
  public long era() {
    return form.era;
  }

  /** Whether it is deleted and about to be forgotten. */
  public boolean closing() {
    return form.closing;
  }

  /** What was pruned last, up to which number of each store. */
  public VersionVector pruned() {
    return form.pruned;
  }

  /** The same but for the name and the life. */
  VariableInfo named(String newName, long newLife) {
    return new VariableInfo(newName, newLife, this);
  }

  /** Equal for those that differ in name and life only. */
  Object kind() {
    return List.of(options, form);
  }

  /** With another set, and perhaps another master: nobody has agreed to anything in it yet. */
  VariableInfo in(List<String> newReplicas, String newMaster, long newEpoch) {
    return new VariableInfo(
        name, options, newMaster, newEpoch, newReplicas, set() + 1, life, era(), false, pruned());
  }

  VariableInfo closing(boolean now) {
    return new VariableInfo(
        name, options, master(), epoch(), replicas(), set(), life, era(), now, pruned());
  }

  /** In the next era, without what {@code gone} has. */
  VariableInfo pruned(VersionVector gone) {
    return new VariableInfo(
        name, options, master(), epoch(), replicas(), set(), life, era() + 1, false, gone);
  }

  /**
   * What it is called between replicas: what is of another life or another era is another variable
   * to them.
   */
  public String key() {
    return key(name, life, era());
  }

  /** What of {@code seen} a replica can still be asked for: not what was pruned last. */
  public VersionVector unpruned(VersionVector seen) {
    Set<String> known = new HashSet<>();
    for (String store : pruned().stores()) {
      if (seen.of(store) <= pruned().of(store)) {
        known.add(store);
      }
    }
    return known.isEmpty() ? seen : seen.without(known);
  }

  /** The name in a key; a name is its own. */
  static String nameOf(String key) {
    int end = key.indexOf('/');
    return end < 0 ? key : key.substring(0, end);
  }

  /** The life in a key. */
  static long lifeOf(String key) {
    String life = key.substring(key.indexOf('/') + 1);
    int end = life.indexOf('.');
    return Long.parseLong(end < 0 ? life : life.substring(0, end));
  }

  static String key(String name, long life, long era) {
    return name + "/" + life + (era == 0 ? "" : "." + era);
  }

  /**
   * Which of the replicas may take a write: all, or only the master where it is the one to give
   * writes their order.
   */
  public List<String> takers() {
    return options.sync() == SyncStrategy.LEADER_FOLLOWER ? List.of(master()) : replicas();
  }

  /** The keys are the components' names. */
  JsonObject toJson() {
    return new JsonObject()
        .put("name", name)
        .put("options", options.toJson())
        .put("master", master())
        .put("epoch", epoch())
        .put("replicas", new JsonArray(replicas()))
        .put("set", set())
        .put("life", life)
        .put("era", era())
        .put("closing", closing())
        .put("pruned", pruned().toJson());
  }

  /** The inverse of {@link #toJson}; ignores keys that this version does not know. */
  static VariableInfo fromJson(JsonObject json) {
    return new VariableInfo(
        json.getString("name"),
        VariableOptions.fromJson(json.getJsonObject("options")),
        json.getString("master"),
        json.getLong("epoch"),
        json.getJsonArray("replicas").stream().map(String.class::cast).toList(),
        json.getLong("set", 1L),
        json.getLong("life", 0L),
        json.getLong("era", 0L),
        json.getBoolean("closing", false),
        VersionVector.fromJson(json.getJsonObject("pruned", new JsonObject())));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof VariableInfo info
        && info.name.equals(name)
        && info.life == life
        && info.options.equals(options)
        && info.form.equals(form);
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + form.hashCode();
  }

  @Override
  public String toString() {
    return toJson().encode();
  }
}
