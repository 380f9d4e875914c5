package dev.mabeam.variable.ledger;

import dev.mabeam.time.HybridTime;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** The stores of one variable, whose keys follow from a seed. */
public final class Stores {
  public static final String NAME = "temperature";

  final List<StoreKey> keys = new ArrayList<>();
  final Roster roster;
  private long millis = 1_000;

  public Stores(int many, long seed) {
    SecureRandom random = new Seeded(seed);
    for (int i = 0; i < many; i++) {
      keys.add(StoreKey.generate(random));
    }
    roster = Roster.of(1, many, keys.stream().map(StoreKey::publicKey).toList());
  }

  /** Gives what a seed gives: for keys that protect nothing. */
  public static final class Seeded extends SecureRandom {
    private static final long serialVersionUID = 1;
    private final Random random;

    public Seeded(long seed) {
      random = new Random(seed);
    }

    @Override
    public void nextBytes(byte[] bytes) {
      random.nextBytes(bytes);
    }
  }

  public Chain chain() {
    Chain chain = Chain.of(NAME, 1, 20);
    chain.know(roster);
    return chain;
  }

  /** Another chain with the same blocks. */
  Chain copy(Chain chain, Roster... more) {
    Chain copy = chain();
    for (Roster each : more) {
      copy.know(each);
    }
    chain.blocks().forEach(copy::add);
    return copy;
  }

  HybridTime now() {
    return new HybridTime(++millis, 0);
  }

  Block write(Chain chain, int store, Object... values) {
    Chain.Draft draft = chain.draft(keys.get(store));
    for (Object value : values) {
      write(draft, store, value);
    }
    return draft.seal(roster, now());
  }

  void write(Chain.Draft draft, int store, Object value) {
    HybridTime now = now();
    draft.write(draft.state().write(keys.get(store).id(), now, value), now);
  }

  /** The votes of these stores for {@code block}, whatever they have signed before. */
  Certificate certificate(Chain chain, Hash block, int... stores) {
    Map<String, byte[]> votes = new HashMap<>();
    for (int store : stores) {
      StoreKey key = keys.get(store);
      votes.put(key.id(), new Voter(key).sign(chain, block, roster));
    }
    return Certificate.of(block, roster.hash(), votes);
  }

  /**
   * first ◄ 1 ◄ 2, 2' ◄ merge 3 ◄ 4, of which 3 is certified.
   */
  public Chain forked() {
    Chain chain = chain();
    write(chain, 0, 21, 22);
    Chain other = copy(chain);
    write(chain, 1, 23);
    chain.add(write(other, 2, 24, 25));
    Block merge = chain.settle().orElseThrow();
    chain.certify(certificate(chain, merge.hash(), 0, 2));
    write(chain, 1, 26);
    return chain;
  }
}
