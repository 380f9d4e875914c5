package dev.mabeam.variable.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MerkleTest {
  /** The leaves that implementations of RFC 6962 are tried with. */
  private static final List<byte[]> LEAVES =
      Stream.of(
              "",
              "00",
              "10",
              "2021",
              "3031",
              "40414243",
              "5051525354555657",
              "606162636465666768696a6b6c6d6e6f")
          .map(HexFormat.of()::parseHex)
          .toList();

  /** Of the first one, of the first two… */
  private static final List<String> ROOTS =
      List.of(
          "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
          "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
          "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
          "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
          "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
          "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
          "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
          "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");

  private static final int MOST = 33;

  @Test
  void shouldGiveTheKnownRoots() {
    assertEquals(
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        Merkle.root(List.of()).toString());
    Growing growing = Growing.EMPTY;
    for (int size = 1; size <= LEAVES.size(); size++) {
      growing = growing.with(Merkle.leaf(LEAVES.get(size - 1)));
      assertEquals(ROOTS.get(size - 1), Merkle.root(LEAVES.subList(0, size)).toString());
      assertEquals(ROOTS.get(size - 1), growing.root().toString());
    }
  }

  @Test
  void shouldGiveTheKnownProofs() {
    assertEquals(
        List.of(
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"),
        words(Merkle.inclusion(0, hashes(LEAVES))));
    assertEquals(
        List.of(
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        words(Merkle.consistency(6, hashes(LEAVES))));
  }

  @Test
  void shouldShowThatEachLeafIsThereAndNoOtherOne() {
    for (int size = 1; size <= MOST; size++) {
      List<Hash> leaves = leaves(size);
      Hash root = Merkle.rootOf(leaves);
      for (int index = 0; index < size; index++) {
        List<Hash> proof = Merkle.inclusion(index, leaves);
        assertTrue(Merkle.includes(leaves.get(index), index, size, proof, root));
        assertFalse(Merkle.includes(leaf(-1), index, size, proof, root));
        assertFalse(Merkle.includes(leaves.get(index), index + 1, size, proof, root));
        assertFalse(Merkle.includes(leaves.get(index), index, size, longer(proof), root));
        if (!proof.isEmpty()) {
          List<Hash> shorter = proof.subList(1, proof.size());
          assertFalse(Merkle.includes(leaves.get(index), index, size, shorter, root));
        }
      }
    }
  }

  @Test
  void shouldShowThatATreeHasGrownAndNothingElse() {
    for (int size = 1; size <= MOST; size++) {
      List<Hash> leaves = leaves(size);
      Hash root = Merkle.rootOf(leaves);
      for (int before = 1; before <= size; before++) {
        Hash old = Merkle.rootOf(leaves.subList(0, before));
        List<Hash> proof = Merkle.consistency(before, leaves);
        assertTrue(Merkle.grown(before, old, size, root, proof), before + " of " + size);
        assertFalse(Merkle.grown(before, old, size, root, longer(proof)));
        for (int changed = 0; changed < before; changed++) {
          List<Hash> rewritten = new ArrayList<>(leaves);
          rewritten.set(changed, leaf(-1));
          Hash other = Merkle.rootOf(rewritten);
          assertFalse(
              Merkle.grown(before, old, size, other, Merkle.consistency(before, rewritten)));
        }
      }
    }
  }

  @Test
  void shouldNotTakeANodeForALeafNorALeafForANode() {
    List<byte[]> two = LEAVES.subList(1, 3);
    Hash left = Merkle.leaf(two.get(0));
    Hash right = Merkle.leaf(two.get(1));
    byte[] both = new Packer().hash(left).hash(right).done();
    assertNotEquals(Merkle.root(two), Merkle.root(List.of(both)));
    assertEquals(Merkle.root(two), Merkle.node(left, right));
  }

  @Test
  void shouldNotTakeALeafThatIsThereTwiceForOne() {
    List<byte[]> three = LEAVES.subList(0, 3);
    List<byte[]> four = new ArrayList<>(three);
    four.add(three.get(2));
    assertNotEquals(Merkle.root(three), Merkle.root(four));
  }

  private static List<Hash> leaves(int many) {
    return IntStream.range(0, many).mapToObj(MerkleTest::leaf).toList();
  }

  private static Hash leaf(int number) {
    return Merkle.leaf(new Packer().u32(number).done());
  }

  private static List<Hash> hashes(List<byte[]> leaves) {
    return leaves.stream().map(Merkle::leaf).toList();
  }

  private static List<Hash> longer(List<Hash> proof) {
    List<Hash> longer = new ArrayList<>(proof);
    longer.add(leaf(7));
    return longer;
  }

  private static List<String> words(List<Hash> hashes) {
    return hashes.stream().map(Hash::toString).toList();
  }
}
