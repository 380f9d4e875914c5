package dev.mabeam.variable.ledger;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.time.HybridTime;
import dev.mabeam.variable.version.Dot;
import dev.mabeam.variable.version.Sibling;
import dev.mabeam.variable.version.Siblings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ChainTest {
  private final Stores stores = new Stores(3, 1);

  @Test
  void shouldHoldWhatTheSameWritesMakeWithoutBlocks() {
    Chain chain = stores.chain();
    Siblings plain = Siblings.first(20);
    assertEquals(plain, chain.state());
    Chain.Draft draft = chain.draft(stores.keys.get(0));
    for (int value = 0; value < 3; value++) {
      HybridTime stamp = stores.now();
      plain = plain.write(stores.keys.get(0).id(), stamp, value);
      draft.write(plain, stamp);
      assertEquals(plain, draft.state());
    }
    draft.seal(stores.roster, stores.now());
    assertEquals(plain, chain.state());
  }

  @Test
  void shouldHoldDeletionsAndWhatSettlesOnlySome() {
    Chain chain = stores.chain();
    Chain other = stores.copy(chain);
    stores.write(chain, 0, 21);
    chain.add(stores.write(other, 1, 22));
    Siblings both = chain.state();
    List<Sibling> live = both.live();
    String store = stores.keys.get(2).id();
    Siblings settled =
        both.after(
            both.seen().with(new Dot(store, 1)),
            new Sibling(new Dot(store, 1), stores.now(), 23),
            List.of(live.get(1).dot()));
    Siblings deleted =
        settled.after(settled.seen().with(new Dot(store, 2)), null, List.of());
    Siblings further =
        deleted.after(
            deleted.seen().with(new Dot("elsewhere", 7)).with(new Dot(store, 5)),
            new Sibling(new Dot(store, 5), stores.now(), 24),
            List.of());
    for (Siblings after : List.of(settled, deleted, further)) {
      Chain.Draft draft = chain.draft(stores.keys.get(2));
      draft.write(after, stores.now());
      draft.seal(stores.roster, stores.now());
      assertEquals(after, chain.state());
      assertEquals(after, stores.copy(chain).state());
    }
  }

  @Test
  void shouldGiveTheNewestBlocksAndLandmarksFurtherBack() {
    Chain chain = stores.chain();
    for (int i = 0; i < 20; i++) {
      stores.write(chain, 0, i);
    }
    assertEquals(List.of(chain.blocks().get(20)), chain.recent(1));
    assertEquals(chain.blocks().subList(1, 21), chain.recent(1 << 20));
    Set<Hash> landmarks = Set.copyOf(chain.landmarks());
    assertTrue(landmarks.containsAll(chain.heads()) && landmarks.size() < 8, "" + landmarks);
  }

  @Test
  void shouldKeepWritesThatHaveNotSeenEachOtherUntilOneHasSeenBoth() {
    Chain chain = stores.forked();
    Block merge = chain.get(chain.certified().orElseThrow().block());
    assertEquals(3, merge.height());
    Chain before = stores.chain();
    chain.difference(List.of(merge.hash()), List.of(chain.firstBlock())).forEach(before::add);
    Set<Object> live =
        before.state().live().stream().map(Sibling::value).collect(Collectors.toSet());
    assertEquals(Set.of(23, 25), live);
    assertEquals(List.of(26), chain.state().live().stream().map(Sibling::value).toList());
  }

  @Test
  void shouldBeTheSameInWhateverOrderBlocksCame() {
    Random random = new Random(5);
    for (int run = 0; run < 5; run++) {
      List<Chain> replicas = List.of(stores.chain(), stores.chain(), stores.chain());
      Stores fresh = new Stores(3, 100 + run);
      replicas.forEach(each -> each.know(fresh.roster));
      for (int step = 0; step < 12; step++) {
        int at = random.nextInt(3);
        fresh.write(replicas.get(at), at, random.nextInt(100));
        if (random.nextInt(3) == 0) {
          exchange(replicas.get(random.nextInt(3)), replicas.get(random.nextInt(3)), random);
        }
      }
      settleAll(replicas, random);
      for (Chain each : replicas) {
        assertEquals(1, each.heads().size());
        assertEquals(replicas.get(0).heads(), each.heads());
        assertEquals(replicas.get(0).state(), each.state());
        assertArrayEquals(LedgerFile.encode(replicas.get(0)), LedgerFile.encode(each));
      }
    }
  }

  private static void settleAll(List<Chain> replicas, Random random) {
    for (int round = 0; round < 10; round++) {
      replicas.forEach(Chain::settle);
      for (Chain from : replicas) {
        replicas.forEach(to -> exchange(from, to, random));
      }
    }
  }

  /** {@code to} gets what it lacks, in any order that has parents first. */
  private static void exchange(Chain from, Chain to, Random random) {
    List<Block> open = new ArrayList<>(from.difference(from.heads(), to.heads()));
    while (!open.isEmpty()) {
      Collections.shuffle(open, random);
      open.removeIf(
          block -> {
            boolean ready = block.parents().stream().allMatch(to::contains);
            if (ready) {
              to.add(block);
            }
            return ready;
          });
    }
  }

  @Test
  void shouldNameTheRootOfWhatABlockDescendsFrom() {
    Chain chain = stores.forked();
    for (Block block : chain.blocks()) {
      List<Hash> history = chain.history(block.hash());
      List<Hash> leaves = history.stream().map(each -> Merkle.leaf(each.bytes())).toList();
      assertEquals(block.header().size(), history.size());
      assertEquals(block.header().history(), Merkle.rootOf(leaves));
      Set<Hash> ancestors =
          chain.blocks().stream()
              .map(Block::hash)
              .filter(each -> !each.equals(block.hash()) && chain.descends(block.hash(), each))
              .collect(Collectors.toSet());
      assertEquals(ancestors, Set.copyOf(history));
      for (int i = 0; i < leaves.size(); i++) {
        List<Hash> proof = Merkle.inclusion(i, leaves);
        assertTrue(
            Merkle.includes(
                leaves.get(i), i, leaves.size(), proof, block.header().history()));
      }
    }
  }

  @Test
  void shouldGiveExactlyWhatTheOtherSideLacks() {
    Chain chain = stores.forked();
    List<Block> all = chain.blocks();
    for (Block wanted : all) {
      for (Block there : all) {
        Set<Hash> expected =
            all.stream()
                .map(Block::hash)
                .filter(each -> chain.descends(wanted.hash(), each))
                .filter(each -> !chain.descends(there.hash(), each))
                .collect(Collectors.toSet());
        assertEquals(
            expected,
            chain.difference(List.of(wanted.hash()), List.of(there.hash())).stream()
                .map(Block::hash)
                .collect(Collectors.toSet()));
      }
    }
  }

  @Test
  void shouldTellHowFarACopyIsCertified() {
    Chain chain = stores.forked();
    Verdict verdict = Verifier.verify(LedgerFile.encode(chain), List.of(), Optional.empty());
    assertEquals(Optional.empty(), verdict.fault());
    assertEquals(Stores.NAME, verdict.variable());
    assertEquals(6, verdict.blocks());
    assertEquals(4, verdict.height());
    assertEquals(3, verdict.certifiedHeight());
    assertEquals(List.of(stores.roster.hash()), verdict.rosters());
    Checkpoint checkpoint = verdict.certified().orElseThrow();
    assertEquals(5, checkpoint.size());
    assertEquals(checkpoint, Checkpoint.parse(checkpoint.toString()));
  }

  @Test
  void shouldReadBackWhatItWrote() {
    for (Block block : stores.forked().blocks()) {
      assertArrayEquals(block.encode(), Block.decode(block.encode()).encode());
      assertEquals(block, Block.decode(block.encode()));
    }
  }

  /** Every byte, spoilt by a disk. */
  @Test
  void shouldFindEveryByteThatRotted() {
    byte[] file = LedgerFile.encode(stores.forked());
    for (int at = 0; at < file.length; at++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] spoilt = file.clone();
        spoilt[at] ^= (byte) (1 << bit);
        assertFalse(verify(spoilt).holds(), "bit " + bit + " of byte " + at);
      }
    }
    for (int length = 0; length < file.length; length++) {
      assertFalse(verify(Arrays.copyOf(file, length)).holds());
    }
  }

  /** Every byte, changed by somebody who makes the sum at the end anew. */
  @Test
  void shouldFindEveryByteThatSomebodyChanged() {
    Chain chain = stores.chain();
    Chain other = stores.copy(chain);
    stores.write(chain, 0, 21);
    chain.add(stores.write(other, 1, 22));
    Block merge = chain.settle().orElseThrow();
    chain.certify(stores.certificate(chain, merge.hash(), 0, 1));
    fuzz(chain, new Random(3));
  }

  @Test
  @Tag("long")
  void shouldFindEveryByteThatSomebodyChangedInALongChain() {
    Chain chain = stores.forked();
    for (int i = 0; i < 6; i++) {
      Block block = stores.write(chain, i % 3, i, "v" + i);
      chain.certify(stores.certificate(chain, block.hash(), 0, 1, 2));
    }
    fuzz(chain, new Random(0));
  }

  private static void fuzz(Chain chain, Random random) {
    byte[] file = LedgerFile.encode(chain);
    byte[] content = LedgerFile.opened(file);
    assertTrue(verify(file).holds());
    Map<Fault.Reason, Integer> found = new HashMap<>();
    for (int at = 0; at < content.length; at++) {
      byte[] changed = content.clone();
      changed[at] ^= (byte) (1 + random.nextInt(255));
      Verdict verdict = verify(LedgerFile.sealed(changed));
      assertFalse(verdict.holds(), "byte " + at + " of " + content.length);
      found.merge(verdict.fault().orElseThrow().reason(), 1, Integer::sum);
    }
    System.out.println("ledger: " + content.length + " bytes changed, each found: " + found);
  }

  @Test
  void shouldSignABlockAtATime() {
    Chain chain = stores.chain();
    Chain other = stores.chain();
    int entries = 1_000;
    int blocks = 20;
    long start = System.nanoTime();
    List<Block> made = new ArrayList<>();
    for (int i = 0; i < blocks; i++) {
      Chain.Draft draft = chain.draft(stores.keys.get(0));
      for (int j = 0; j < entries; j++) {
        stores.write(draft, 0, i * entries + j);
      }
      made.add(Block.decode(draft.seal(stores.roster, stores.now()).encode()));
    }
    long signed = System.nanoTime();
    made.forEach(other::add);
    long checked = System.nanoTime();
    assertEquals(chain.state(), other.state());
    System.out.printf(
        "ledger: %d blocks of %d writes made in %.0f ms (%.0f writes/s), checked in %.0f ms%n",
        blocks, entries, (signed - start) / 1e6, blocks * entries * 1e9 / (signed - start),
        (checked - signed) / 1e6);
  }

  private static Verdict verify(byte[] file) {
    return Verifier.verify(file, List.of(), Optional.empty());
  }
}
