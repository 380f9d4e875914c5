package dev.mabeam.variable;

import dev.mabeam.time.HybridTime;
import dev.mabeam.variable.consistency.Strong;
import dev.mabeam.variable.ledger.Block;
import dev.mabeam.variable.ledger.Chain;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.pcollections.TreePMap;
import org.pcollections.TreePVector;

/**
 * The blocks of strong variables that are ledgers: one for what each command left of such a
 * variable, in the order of the log and a pure function of it, so every node makes the same. Part of
 * {@link VariableDefinitions}, on its thread; {@link #of} on any.
 */
final class DecidedBlocks {
  private final Map<String, Chain> chains = new HashMap<>();
  private volatile TreePMap<String, TreePVector<Block>> blocks = TreePMap.empty();

  static boolean isFor(VariableInfo info) {
    return info != null
        && info.options().consistency() == Consistency.STRONG
        && info.options().sync() == SyncStrategy.BLOCKCHAIN;
  }

  /** All after the first one. */
  List<Block> of(String name) {
    return blocks.getOrDefault(name, TreePVector.empty());
  }

  /** A chain with the first block of that variable. */
  static Chain begin(VariableInfo info) {
    Object first = StrongValues.resolution(info).first(info.options().value());
    return Chain.of(info.name(), info.life(), first);
  }

  void decided(VariableInfo info, StrongValues.Held held) {
    Chain chain = chains.computeIfAbsent(info.name(), name -> begin(info));
    HybridTime stamp = held.deleted() ? HybridTime.ZERO : held.stamp();
    Object value = held.deleted() ? null : held.sibling().value();
    add(
        info.name(),
        chain.decide(Strong.LOG, held.version(), stamp, value, held.deleted()));
  }

  private void add(String name, Block block) {
    TreePVector<Block> before = blocks.getOrDefault(name, TreePVector.empty());
    blocks = blocks.plus(name, before.plus(block));
  }

  void forget(String name) {
    chains.remove(name);
    blocks = blocks.minus(name);
  }

  Supplier<JsonObject> image() {
    TreePMap<String, TreePVector<Block>> now = blocks;
    return () -> {
      JsonObject json = new JsonObject();
      now.forEach(
          (name, all) -> {
            JsonArray encoded = new JsonArray();
            all.forEach(
                block -> encoded.add(Base64.getEncoder().encodeToString(block.encode())));
            json.put(name, encoded);
          });
      return json;
    };
  }

  void restore(JsonObject image, Function<String, VariableInfo> definitions) {
    chains.clear();
    blocks = TreePMap.empty();
    for (Map.Entry<String, Object> entry : image) {
      String name = entry.getKey();
      Chain chain = begin(definitions.apply(name));
      chains.put(name, chain);
      for (Object each : (JsonArray) entry.getValue()) {
        Block block = Block.decode(Base64.getDecoder().decode((String) each));
        chain.add(block);
        add(name, block);
      }
    }
  }
}
