package dev.mabeam.variable;

import dev.mabeam.consensus.Applying;
import dev.mabeam.consensus.Members;
import dev.mabeam.consensus.StateMachine;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.Packer;
import dev.mabeam.link.Unpacker;
import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.pcollections.HashPMap;
import org.pcollections.HashTreePMap;
import org.pcollections.TreePMap;

/**
 * Which variables there are, how they behave, and which nodes keep them: decided.
 *
 * <p>A replica of a ledger tells with which key it signs: {@code
 * {"v":1,"do":"key","names","node","key"}}.
 *
 * <p>Commands are {@code {"v":1,"do":"distribute","name","options","node"}} and {@code
 * {"v":1,"do":"refill","names"}}; the first is answered with the definition. Distributing what is
 * there with the same options answers what is there; with others, CONFLICT. {@code close}, {@code
 * reopen}, {@code forget} and {@code prune} are steps of {@link Upkeep}, {@code zone} is what a node
 * tells when it comes; each step names the life and the replica set that it is about, and does
 * nothing to a variable that has gone on since. Writes of strong variables ({@link StrongValues})
 * are packed.
 *
 * <p>The node that distributes is master, at epoch 1, and a replica; the others are those that rank
 * first for that name ({@link Ranking}). When a replica's node is gone, its place goes to the next
 * in rank that is a member, of a zone where there is no other one if there is such a node; when it was master, the longest-standing of the replicas that are left
 * becomes master at the next epoch. A replica set that is smaller than its factor for want of nodes
 * is refilled by command, since nothing else happens here when a node is admitted.
 *
 * <p>{@link #definitions} may be read on any thread.
 */
public final class VariableDefinitions implements StateMachine {
  public static final String NAME = "variables";

  /** What begins a command that is no JSON; also an earlier image, with JSON for definitions. */
  private static final int PACKED = 1;

  /** What begins an image. */
  private static final int IMAGE = 2;

  private final List<Consumer<Collection<String>>> listeners = new CopyOnWriteArrayList<>();
  private final List<Consumer<Map<String, StrongValues.Held>>> valueListeners =
      new CopyOnWriteArrayList<>();
  private final StrongValues values = new StrongValues();
  private final Ballots ballots = new Ballots();
  private final DecidedBlocks decided = new DecidedBlocks();
  private volatile long index;
  /** Of the members that told theirs. */
  private HashPMap<String, String> zones = HashTreePMap.empty();
  private volatile TreePMap<String, VariableInfo> definitions = TreePMap.empty();
  private volatile TreePMap<String, LedgerKeys> ledgers = TreePMap.empty();

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean bulk() {
    return true;
  }

  @Override
  public Buffer apply(Applying at, Buffer command) {
    Buffer answer = applied(at, command);
    index = at.index();
    return answer;
  }

  private Buffer applied(Applying at, Buffer command) {
    if (isPacked(command)) {
      return write(at, new Unpacker(command).version(PACKED, "a command for variables"));
    }
    JsonObject json = command.toJsonObject();
    String what = json.getString("do", "");
    return switch (what) {
      case "distribute" -> answer(distribute(at, json));
      case "vote" -> vote(json);
      case "refill" -> refill(at, json.getJsonArray("names"));
      case "key" -> key(json);
      case "zone" -> zone(at, json.getString("node"), json.getString("zone"));
      case "close", "reopen", "forget", "prune" -> keepUp(what, json.getJsonObject("names"));
      default ->
          throw new MabeamException(
              ErrorCode.INVALID, "variables do not know the command '" + what + "'");
    };
  }

  @Override
  public void gone(Applying at, String nodeId) {
    zones = zones.minus(nodeId);
    List<String> changed = new ArrayList<>();
    for (VariableInfo variable : definitions.values()) {
      if (variable.replicas().contains(nodeId)) {
        List<String> ranked = new ArrayList<>(Ranking.of(variable.name(), at.members()));
        ranked.remove(nodeId);
        put(refilled(variable, without(variable, nodeId), ranked));
        changed.add(variable.name());
      }
    }
    changed(changed);
  }

  @Override
  public Supplier<Buffer> image() {
    SortedMap<String, VariableInfo> now = definitions;
    SortedMap<String, LedgerKeys> keys = ledgers;
    long then = index;
    JsonObject places = new JsonObject();
    zones.forEach(places::put);
    Packer packer = new Packer().octet(IMAGE);
    Runnable encodeValues = values.image(packer);
    Supplier<JsonObject> votes = ballots.image();
    Supplier<JsonObject> blocks = decided.image();
    return () -> {
      JsonObject signing = new JsonObject();
      keys.forEach((name, ledger) -> signing.put(name, ledger.toJson()));
      JsonObject json =
          new JsonObject()
              .put("v", 1)
              .put("index", then)
              .put("zones", places)
              .put("ledgers", signing)
              .put("decided", blocks.get())
              .put("votes", votes.get());
      packer.bytes(json.toBuffer());
      DefinitionsImage.encode(now, packer);
      encodeValues.run();
      return packer.buffer();
    };
  }

  @Override
  public void restore(Buffer image) {
    int version = image.getByte(0);
    Unpacker packed = version == PACKED || version == IMAGE ? new Unpacker(image) : null;
    JsonObject json =
        (packed == null ? image : packed.version(version, "variables").bytes()).toJsonObject();
    ballots.restore(json.getJsonObject("votes", new JsonObject()));
    TreePMap<String, VariableInfo> restored =
        version == IMAGE ? DefinitionsImage.decode(packed, definitions) : TreePMap.empty();
    for (Map.Entry<String, Object> entry :
        json.getJsonObject("variables", new JsonObject())) {
      VariableInfo variable = VariableInfo.fromJson((JsonObject) entry.getValue());
      restored = restored.plus(entry.getKey(), variable);
    }
    Set<String> changed = new TreeSet<>(definitions.keySet());
    changed.addAll(restored.keySet());
    TreePMap<String, LedgerKeys> keys = TreePMap.empty();
    for (Map.Entry<String, Object> entry :
        json.getJsonObject("ledgers", new JsonObject())) {
      keys = keys.plus(entry.getKey(), LedgerKeys.fromJson((JsonObject) entry.getValue()));
    }
    ledgers = keys;
    definitions = restored;
    decided.restore(json.getJsonObject("decided", new JsonObject()), definitions::get);
    index = json.getLong("index", 0L);
    HashPMap<String, String> told = HashTreePMap.empty();
    for (Map.Entry<String, Object> each : json.getJsonObject("zones", new JsonObject())) {
      told = told.plus(each.getKey(), (String) each.getValue());
    }
    zones = told;
    Map<String, StrongValues.Held> other =
        packed == null ? Map.of() : values.restore(packed, definitions::get);
    changed(changed);
    tell(other);
  }

  /** An earlier version, and commands of another kind, are JSON. */
  private static boolean isPacked(Buffer bytes) {
    return bytes.length() > 0 && bytes.getByte(0) == PACKED;
  }

  private Buffer write(Applying at, Unpacker from) {
    Map<String, StrongValues.Held> changed = new LinkedHashMap<>();
    Buffer answer = values.apply(at.index(), from, definitions::get, changed);
    changed.forEach(
        (name, held) -> {
          VariableInfo info = definitions.get(name);
          if (DecidedBlocks.isFor(info)) {
            decided.decided(info, held);
          }
        });
    tell(changed);
    return answer;
  }

  private void tell(Map<String, StrongValues.Held> changed) {
    if (!changed.isEmpty()) {
      valueListeners.forEach(listener -> listener.accept(changed));
    }
  }

  private Buffer vote(JsonObject command) {
    VariableInfo info = definitions.get(command.getString("name"));
    List<Ballots.Candidate> candidates = Ballots.candidates(command.getJsonArray("candidates"));
    if (info != null
        && ballots.cast(
            info, command.getString("node"), candidates, command.getInteger("choice"))) {
      changed(List.of(info.name()));
    }
    return Buffer.buffer();
  }

  /** What was voted; any thread. */
  Ballots ballots() {
    return ballots;
  }

  /** Answered with nothing. */
  static Buffer vote(String name, String node, List<Ballots.Candidate> candidates, int choice) {
    return new JsonObject()
        .put("v", 1)
        .put("do", "vote")
        .put("name", name)
        .put("node", node)
        .put("candidates", Ballots.json(candidates))
        .put("choice", choice)
        .toBuffer();
  }

  /** What strong variables hold; any thread. */
  StrongValues values() {
    return values;
  }

  /** Tells {@code listener} what strong variables hold after a change, on the log's thread. */
  void onValues(Consumer<Map<String, StrongValues.Held>> listener) {
    valueListeners.add(listener);
  }

  /** Answered with one {@link StrongValues.Done} for each write. */
  static Buffer write(List<StrongValues.Command> commands) {
    Packer packer = new Packer(Buffer.buffer(64 * commands.size())).octet(PACKED);
    StrongValues.encode(packer, commands);
    return packer.buffer();
  }

  static List<StrongValues.Done> written(Buffer answer) {
    Unpacker from = new Unpacker(answer);
    List<StrongValues.Done> done = new ArrayList<>();
    for (int left = from.count(); left > 0; left--) {
      done.add(StrongValues.Done.decode(from));
    }
    return done;
  }

  /** By name. */
  SortedMap<String, VariableInfo> definitions() {
    return definitions;
  }

  Optional<VariableInfo> definition(String name) {
    return Optional.ofNullable(definitions.get(name));
  }

  /**
   * Whether a variable of that life is known to have been forgotten: this copy has been where it
   * was distributed, and has another one of that name, or none.
   */
  boolean isForgotten(String name, long life) {
    VariableInfo there = definitions.get(name);
    return there == null ? index >= life : there.life() > life;
  }

  /** Tells {@code listener} the names after every change, on the thread of the log. */
  void onChange(Consumer<Collection<String>> listener) {
    listeners.add(listener);
  }

  static Buffer distribute(String name, VariableOptions options, String node) {
    return new JsonObject()
        .put("v", 1)
        .put("do", "distribute")
        .put("name", name)
        .put("options", options.toBriefJson())
        .put("node", node)
        .toBuffer();
  }

  /** Answered with nothing; names that nobody knows are passed over. */
  static Buffer refill(List<String> names) {
    return new JsonObject()
        .put("v", 1)
        .put("do", "refill")
        .put("names", new JsonArray(names))
        .toBuffer();
  }

  /** Tells in which zone a node is; of weight for places that are given from then on. */
  static Buffer zone(String node, String zone) {
    return new JsonObject()
        .put("v", 1)
        .put("do", "zone")
        .put("node", node)
        .put("zone", zone)
        .toBuffer();
  }

  /**
   * A step of {@link Upkeep}, answered with nothing.
   *
   * @param what {@code close}, {@code reopen}, {@code forget} or {@code prune}
   * @param gone for {@code prune}, of each variable
   */
  static Buffer keepUp(
      String what, Collection<VariableInfo> variables, Map<String, VersionVector> gone) {
    JsonObject names = new JsonObject();
    for (VariableInfo variable : variables) {
      JsonObject one =
          new JsonObject()
              .put("life", variable.life())
              .put("era", variable.era())
              .put("set", variable.set());
      if (gone.containsKey(variable.name())) {
        one.put("gone", gone.get(variable.name()).toJson());
      }
      names.put(variable.name(), one);
    }
    return new JsonObject().put("v", 1).put("do", what).put("names", names).toBuffer();
  }

  /** Whether there are members who could fill a place that is empty. */
  static boolean lacksReplicas(VariableInfo variable, Members members) {
    return variable.replicas().size() < wanted(variable, members.all().size());
  }

  private VariableInfo distribute(Applying at, JsonObject command) {
    String name = command.getString("name");
    String node = command.getString("node");
    VariableOptions options = VariableOptions.fromJson(command.getJsonObject("options"));
    Offered.requireDecided(name, options);
    VariableInfo there = definitions.get(name);
    if (there != null) {
      return same(there, options);
    }
    if (!at.members().contains(node)) {
      throw new MabeamException(
          ErrorCode.STALE_EPOCH, "node " + node + " is no member and cannot keep '" + name + "'");
    }
    VariableInfo alone = new VariableInfo(name, options, node, 1, List.of(node));
    VariableInfo filled = refilled(alone, alone.replicas(), Ranking.of(name, at.members()));
    VariableInfo made =
        new VariableInfo(
            name, options, node, 1, filled.replicas(), 1, at.index(), 0, false,
            VersionVector.EMPTY);
    put(made);
    changed(List.of(name));
    return made;
  }

  private static VariableInfo same(VariableInfo there, VariableOptions options) {
    if (!Objects.equals(there.options().toJson(), options.toJson())) {
      throw new MabeamException(
          ErrorCode.CONFLICT,
          "variable '" + there.name() + "' is there with other options",
          "use another name, or the same options: " + there.options().toJson().encode());
    }
    return there;
  }

  private Buffer refill(Applying at, JsonArray names) {
    List<String> changed = new ArrayList<>();
    for (Object name : names) {
      VariableInfo there = definitions.get(String.valueOf(name));
      if (there != null && lacksReplicas(there, at.members())) {
        put(refilled(there, there.replicas(), Ranking.of(there.name(), at.members())));
        changed.add(there.name());
      }
    }
    changed(changed);
    return Buffer.buffer();
  }

  private Buffer zone(Applying at, String node, String zone) {
    if (at.members().contains(node)) {
      zones = zones.plus(node, zone);
    }
    return Buffer.buffer();
  }

  private Buffer keepUp(String what, JsonObject names) {
    List<String> changed = new ArrayList<>();
    for (Map.Entry<String, Object> each : names) {
      JsonObject about = (JsonObject) each.getValue();
      VariableInfo there = definitions.get(each.getKey());
      if (there != null
          && there.life() == about.getLong("life")
          && there.era() == about.getLong("era")
          && there.set() == about.getLong("set")
          && keepUp(what, there, about)) {
        changed.add(there.name());
      }
    }
    changed(changed);
    return Buffer.buffer();
  }

  /** Whether that changed anything. */
  private boolean keepUp(String what, VariableInfo there, JsonObject about) {
    switch (what) {
      case "close", "reopen" -> {
        boolean close = what.equals("close");
        if (there.closing() == close) {
          return false;
        }
        put(there.closing(close));
      }
      case "forget" -> {
        if (!there.closing()) {
          return false;
        }
        definitions = definitions.minus(there.name());
        ledgers = ledgers.minus(there.name());
        values.forget(there.name());
        ballots.forget(there.name());
        decided.forget(there.name());
      }
      default -> put(there.pruned(VersionVector.fromJson(about.getJsonObject("gone"))));
    }
    return true;
  }

  private static List<String> without(VariableInfo variable, String nodeId) {
    return variable.replicas().stream().filter(replica -> !replica.equals(nodeId)).toList();
  }

  /**
   * The next set: those that are left, then whoever is next in rank for the empty places; a replica
   * is master, and its epoch grows if that is another one.
   */
  private VariableInfo refilled(
      VariableInfo variable, List<String> left, List<String> ranked) {
    int wanted = wanted(variable, ranked.size());
    List<String> replicas = Ranking.filled(left, ranked, wanted, zones);
    boolean deposed = !replicas.contains(variable.master()) && !replicas.isEmpty();
    return variable.in(
        replicas,
        deposed ? replicas.get(0) : variable.master(),
        deposed ? variable.epoch() + 1 : variable.epoch());
  }

  private static int wanted(VariableInfo variable, int all) {
    int factor = variable.options().replicationFactor();
    return factor == 0 ? all : Math.min(factor, all);
  }

  /** Keys of replicas whose node has lost its place, or whose variable is none, are passed over. */
  private Buffer key(JsonObject command) {
    List<String> changed = new ArrayList<>();
    for (Object each : command.getJsonArray("names")) {
      String name = String.valueOf(each);
      VariableInfo variable = definitions.get(name);
      if (variable != null && variable.options().sync() == SyncStrategy.BLOCKCHAIN) {
        LedgerKeys before = ledgers.getOrDefault(name, LedgerKeys.NONE);
        LedgerKeys after =
            before.with(variable, command.getString("node"), command.getString("key"));
        if (after != before) {
          ledgers = ledgers.plus(name, after);
          changed.add(name);
        }
      }
    }
    changed(changed);
    return Buffer.buffer();
  }

  /** The blocks of strong ledgers; any thread. */
  DecidedBlocks decided() {
    return decided;
  }

  /** The keys of a ledger's replicas. */
  LedgerKeys ledger(String name) {
    return ledgers.getOrDefault(name, LedgerKeys.NONE);
  }

  /** Says that {@code node} signs with that public key in these ledgers. */
  static Buffer key(List<String> names, String node, String key) {
    return new JsonObject()
        .put("v", 1)
        .put("do", "key")
        .put("names", new JsonArray(names))
        .put("node", node)
        .put("key", key)
        .toBuffer();
  }

  private void put(VariableInfo variable) {
    definitions = definitions.plus(variable.name(), variable);
    if (variable.options().sync() == SyncStrategy.BLOCKCHAIN) {
      ledgers = ledgers.plus(variable.name(), ledger(variable.name()).of(variable));
    }
  }

  private void changed(Collection<String> names) {
    if (!names.isEmpty()) {
      listeners.forEach(listener -> listener.accept(names));
    }
  }

  private static Buffer answer(VariableInfo variable) {
    return variable.toJson().toBuffer();
  }
}
