package dev.mabeam.variable;

import dev.mabeam.variable.causal.CausalIndex;
import dev.mabeam.variable.ledger.Book;
import dev.mabeam.variable.ledger.Chain;
import dev.mabeam.variable.ledger.StoreKey;
import java.security.SecureRandom;
import dev.mabeam.variable.version.VersionVector;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.random.RandomGenerator;

/**
 * What a process has of variables, in memory. It may outlive a node's stay in the cluster: given to
 * the {@link VariableRoom} of the next stay in the same cluster, what had not been passed on is not
 * lost; the room compares it with what the others have before it counts.
 *
 * <p>A store has a random id, which is part of every write's dot. Guaranteed: no dot is given
 * twice. A process that starts again has another store. When a variable leaves this store, and with it the
 * count of its writes, the store goes on under another id: were the variable to come back, its
 * writes would not be taken for the earlier ones.
 *
 * <p>Used by one room at a time, on its thread.
 */
public final class ReplicaStore {
  private final RandomGenerator random;
  private final SecureRandom keys;
  private final ConcurrentMap<String, Replica> replicas = new ConcurrentHashMap<>();
  private final CausalIndex causal;
  /** Where {@link #rest} goes on. */
  private Iterator<Replica> resting = Collections.emptyIterator();
  private String id;
  private StoreKey key;

  /**
   * @param random two processes must not share what it gives
   */
  public ReplicaStore(RandomGenerator random) {
    this(random, new SecureRandom());
  }

  /**
   * @param keys what private keys are made of
   */
  ReplicaStore(RandomGenerator random, SecureRandom keys) {
    this.random = random;
    this.keys = keys;
    this.id = newId();
    this.causal = new CausalIndex(newId());
  }

  /** Numbers the writes of causal variables, which stay numbered when one leaves. */
  CausalIndex causal() {
    return causal;
  }

  private String newId() {
    return Long.toHexString(random.nextLong());
  }

  /** May be called on any thread. */
  Replica get(String name) {
    return replicas.get(name);
  }

  Replica take(String name, long life, long era) {
    Replica replica = new Replica(name, life, era, id);
    replicas.put(name, replica);
    return replica;
  }

  /** What is signed with here. */
  StoreKey key() {
    if (key == null) {
      key = StoreKey.generate(keys);
    }
    return key;
  }

  /** Of a ledger: its store id is that of the key that it signs with. */
  Replica take(String name, long life, long era, Chain chain) {
    Replica replica = new Replica(name, life, era, key().id());
    replica.keep(new Book(chain, key));
    replicas.put(name, replica);
    return replica;
  }

  /** Goes on with what it has in the variable's next era, and writes under an id of its own. */
  Replica again(Replica before, VersionVector gone) {
    id = newId();
    return next(before, id, gone);
  }

  /** Goes on with what it has in the variable's next era, without what was pruned from it. */
  Replica prune(Replica before, VersionVector gone) {
    return next(before, before.writer(), gone);
  }

  private Replica next(Replica before, String writer, VersionVector gone) {
    Replica next = new Replica(before.name(), before.life(), before.era() + 1, writer);
    next.takeOver(before, gone);
    replicas.put(before.name(), next);
    return next;
  }

  void drop(String name) {
    if (replicas.remove(name) != null) {
      id = newId();
      // It has forgotten what it signed with that.
      key = null;
    }
  }

  /** Packs those of the next {@code most} that nobody looked at since their last turn. */
  void rest(int most) {
    for (int left = most; left > 0; left--) {
      if (!resting.hasNext()) {
        resting = replicas.values().iterator();
        if (!resting.hasNext() || left < most) {
          return;
        }
      }
      resting.next().rest();
    }
  }

  Collection<Replica> all() {
    return List.copyOf(replicas.values());
  }
}
