package dev.mabeam.variable.ledger;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.variable.ledger.Fault.Reason;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** What somebody might do to a chain; each is found, and said to be what it is. */
class AttacksTest {
  private final Stores stores = new Stores(3, 1);
  private final Chain chain = stores.chain();

  // ---- blocks ---------------------------------------------------------------------------------

  @Test
  void shouldRefuseWritesThatChangedPlaces() {
    Block block = stores.write(stores.copy(chain), 0, 1, 2);
    List<byte[]> swapped = new ArrayList<>(block.entries());
    Collections.swap(swapped, 0, 1);
    refused(Reason.ENTRIES, with(block, swapped));
  }

  @Test
  void shouldRefuseAWriteThatWasLeftOutAddedOrRepeated() {
    Block block = stores.write(stores.copy(chain), 0, 1, 2);
    List<byte[]> entries = block.entries();
    refused(Reason.ENTRIES, with(block, entries.subList(0, 1)));
    refused(Reason.ENTRIES, with(block, List.of(entries.get(0), entries.get(1), entries.get(1))));
    refused(Reason.ENTRIES, with(block, List.of()));
  }

  @Test
  void shouldRefuseAnOldWriteInANewBlockAlsoIfItsAuthorSignsIt() {
    Block old = stores.write(chain, 0, 1);
    Block next = stores.write(stores.copy(chain), 0, 2);
    refused(Reason.SEQUENCE, resigned(next, 0, header -> header, old.entries()));
  }

  @Test
  void shouldTakeAnOldBlockThatComesAgainForWhatItIs() {
    Block old = stores.write(chain, 0, 1);
    stores.write(chain, 1, 2);
    assertFalse(chain.add(old));
    byte[] otherSignature = stores.write(stores.chain(), 1, 3).signature();
    Block resigned =
        Block.decode(
            new Packer()
                .bytes(old.headerBytes())
                .bytes(otherSignature)
                .bytes(old.entries().get(0))
                .done());
    refused(Reason.ENTRIES, resigned);
  }

  @Test
  void shouldRefuseABlockThatNamesAnotherOneBeforeIt() {
    Block next = stores.write(stores.copy(chain), 0, 1);
    refused(
        Reason.MISSING_PARENT,
        resigned(next, 0, header -> parents(header, Hash.sha256(new byte[1])), next.entries()));
    refused(
        Reason.MISSING_PARENT, resigned(next, 0, header -> parents(header), next.entries()));
  }

  @Test
  void shouldRefuseABlockThatNamesWhatIsBeforeABlockThatItNames() {
    Block first = stores.write(chain, 0, 1);
    Block next = stores.write(stores.copy(chain), 1, 2);
    Hash[] both = {chain.firstBlock(), first.hash()};
    Arrays.sort(both);
    refused(
        Reason.ORDER, resigned(next, 1, header -> parents(header, both), next.entries()));
  }

  @Test
  void shouldRefuseAWrongHeightHistoryOrState() {
    Block next = stores.write(stores.copy(chain), 0, 1);
    Hash wrong = Hash.sha256(new byte[1]);
    refused(Reason.HEIGHT, resigned(next, 0, header -> height(header, 2), next.entries()));
    refused(
        Reason.HISTORY,
        resigned(next, 0, header -> history(header, 2, header.history()), next.entries()));
    refused(Reason.HISTORY, resigned(next, 0, header -> history(header, 1, wrong), next.entries()));
    refused(Reason.STATE, resigned(next, 0, header -> state(header, wrong), next.entries()));
  }

  @Test
  void shouldRefuseABlockOfAnotherVariableOrAnotherLife() {
    Chain other = Chain.of("pressure", 1, 20);
    other.know(stores.roster);
    refused(Reason.FOREIGN, stores.write(other, 0, 1));
    Chain later = Chain.of(Stores.NAME, 2, 20);
    later.know(stores.roster);
    refused(Reason.FOREIGN, stores.write(later, 0, 1));
  }

  @Test
  void shouldRefuseWhatAKeySignedThatIsNotOfTheSet() {
    Stores strangers = new Stores(3, 2);
    Chain theirs = strangers.chain();
    Block block = strangers.write(theirs, 0, 1);
    refused(Reason.UNKNOWN_KEY, block);
    refused(
        Reason.UNKNOWN_KEY,
        Block.signed(roster(block.header(), stores.roster), block.entries(), strangers.keys.get(0)));
    Block ours = stores.write(stores.copy(chain), 0, 1);
    refused(
        Reason.SIGNATURE, Block.signed(ours.header(), ours.entries(), strangers.keys.get(0)));
  }

  @Test
  void shouldRefuseAKeyThatWasTakenOutOnceALaterSetHasWritten() {
    Roster next = Roster.of(2, 2, List.of(key(1), key(2)));
    chain.know(next);
    Chain.Draft draft = chain.draft(stores.keys.get(1));
    stores.write(draft, 1, 1);
    draft.seal(next, stores.now());
    refused(Reason.UNKNOWN_KEY, stores.write(stores.copy(chain, next), 0, 2));
    Chain.Draft removed = stores.copy(chain, next).draft(stores.keys.get(0));
    stores.write(removed, 0, 2);
    refused(Reason.UNKNOWN_KEY, removed.seal(next, stores.now()));
  }

  @Test
  void shouldRefuseASignatureThatIsShortLongEmptyOrMadeFromATrueOne() {
    Block block = stores.write(stores.copy(chain), 0, 1);
    byte[] signature = block.signature();
    refused(Reason.SIGNATURE, signedWith(block, Arrays.copyOf(signature, 63)));
    refused(Reason.SIGNATURE, signedWith(block, Arrays.copyOf(signature, 65)));
    refused(Reason.SIGNATURE, signedWith(block, new byte[0]));
    refused(Reason.SIGNATURE, signedWith(block, new byte[64]));
    refused(Reason.SIGNATURE, signedWith(block, plusOrder(signature)));
    assertTrue(chain.add(block));
  }

  /** The same signature with the group's order added to its second half: equal in its arithmetic. */
  private static byte[] plusOrder(byte[] signature) {
    BigInteger order =
        BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));
    byte[] half = Arrays.copyOfRange(signature, 32, 64);
    BigInteger sum = new BigInteger(1, reversed(half)).add(order);
    byte[] bytes = reversed(sum.toByteArray());
    byte[] malleated = signature.clone();
    System.arraycopy(Arrays.copyOf(bytes, 32), 0, malleated, 32, 32);
    return malleated;
  }

  private static byte[] reversed(byte[] bytes) {
    byte[] reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    return reversed;
  }

  @Test
  void shouldRefuseAMergeBlockThatIsNotWhatItsParentsMakeIt() {
    Chain other = stores.copy(chain);
    stores.write(chain, 0, 1);
    chain.add(stores.write(other, 1, 2));
    Block merge = stores.copy(chain).settle().orElseThrow();
    Block.Header header = merge.header();
    refused(
        Reason.HISTORY,
        Block.unsigned(author(header, stores.keys.get(0).id()), List.of()));
    refused(Reason.ENTRIES, signedWith(merge, new byte[64]));
    refused(Reason.ENTRIES, with(merge, List.of(new byte[] {1})));
    assertTrue(chain.add(merge));
  }

  @Test
  void shouldKeepWhatShowsThatAnAuthorWroteTwoBlocksAtOneHeight() {
    Block one = stores.write(stores.copy(chain), 0, 1);
    Block two = stores.write(stores.copy(chain), 0, 2);
    assertTrue(chain.add(one));
    refused(Reason.EQUIVOCATION, two);
    Evidence evidence = chain.evidence().get(0);
    assertEquals(stores.keys.get(0).id(), evidence.store());
    assertTrue(evidence.holds());
    assertFalse(
        new Evidence(
                evidence.store(),
                evidence.publicKey(),
                evidence.domain(),
                evidence.first(),
                evidence.first())
            .holds());
    assertFalse(
        new Evidence(
                stores.keys.get(1).id(),
                key(1),
                evidence.domain(),
                evidence.first(),
                evidence.second())
            .holds());
  }

  @Test
  void shouldRefuseASecondLineOfOneAuthorAlsoAtAnotherHeight() {
    Chain before = stores.copy(chain);
    stores.write(chain, 0, 1);
    before.add(stores.write(stores.copy(before), 1, 2));
    refused(Reason.EQUIVOCATION, addedTo(chain, before, stores.write(before, 0, 3)));
  }

  private static Block addedTo(Chain chain, Chain from, Block block) {
    block.parents().forEach(parent -> chain.add(from.get(parent)));
    return block;
  }

  @Test
  void shouldRefuseDecisionsThatAreOutOfOrderOrMixedWithWrites() {
    Block written = stores.write(stores.copy(chain), 0, 1);
    Chain other = stores.copy(chain);
    Block later = other.decide("log", 7, stores.now(), 2, false);
    Block early = stores.copy(chain).decide("log", 5, stores.now(), 1, false);
    assertTrue(chain.add(early));
    refused(Reason.ORDER, later);
    refused(Reason.ORDER, written);
    Chain again = stores.copy(chain);
    Block repeated =
        resigned(
            again.decide("log", 6, stores.now(), 3, false), header -> index(header, 5));
    refused(Reason.SEQUENCE, repeated);
    Block next = again.blocks().get(2);
    refused(Reason.ENTRIES, signedWith(next, new byte[64]));
    assertTrue(chain.add(next));
    assertEquals(List.of(3), chain.state().live().stream().map(each -> each.value()).toList());
  }

  private static Block resigned(Block block, UnaryOperator<Block.Header> change) {
    return Block.unsigned(change.apply(block.header()), block.entries());
  }

  private static Block.Header index(Block.Header h, long index) {
    return new Block.Header(
        h.kind(), h.variable(), h.life(), h.roster(), h.height(), h.size(), h.history(),
        h.parents(), h.count(), h.entries(), h.state(), h.author(), h.stamp(), index);
  }

  // ---- certificates ---------------------------------------------------------------------------

  @Test
  void shouldRefuseACertificateOfTooFew() {
    Block block = stores.write(chain, 0, 1);
    refused(Reason.CERTIFICATE, stores.certificate(chain, block.hash(), 0));
    refused(Reason.CERTIFICATE, stores.certificate(chain, block.hash()));
    assertTrue(chain.certify(stores.certificate(chain, block.hash(), 0, 1)));
  }

  @Test
  void shouldRefuseACertificateThatNamesASignerTwice() {
    Block block = stores.write(chain, 0, 1);
    byte[] signature = vote(0, chain, block);
    Packer twice =
        new Packer().u8(1).hash(block.hash()).hash(stores.roster.hash()).u16(2);
    for (int i = 0; i < 2; i++) {
      twice.text(stores.keys.get(0).id()).bytes(signature);
    }
    Broken broken =
        assertThrows(Broken.class, () -> Certificate.decode(twice.done()));
    assertEquals(Reason.CERTIFICATE, broken.fault().reason());
  }

  @Test
  void shouldRefuseVotesForAnotherBlockHeightVariableLifeOrSet() {
    Block block = stores.write(chain, 0, 1);
    Block above = stores.write(chain, 0, 2);
    Chain other = Chain.of("pressure", 1, 20);
    other.know(stores.roster);
    Chain later = Chain.of(Stores.NAME, 2, 20);
    later.know(stores.roster);
    Roster next = Roster.of(2, 3, stores.keys.stream().map(StoreKey::publicKey).toList());
    chain.know(next);
    List<byte[]> wrong =
        List.of(
            vote(1, chain, above),
            vote(1, other, stores.write(other, 0, 1)),
            vote(1, later, stores.write(later, 0, 1)),
            new Voter(stores.keys.get(1)).sign(chain, block.hash(), next),
            vote(2, chain, block),
            Arrays.copyOf(vote(1, chain, block), 63),
            block.signature());
    for (byte[] each : wrong) {
      Map<String, byte[]> votes = new HashMap<>();
      votes.put(stores.keys.get(0).id(), vote(0, chain, block));
      votes.put(stores.keys.get(1).id(), each);
      refused(
          Reason.CERTIFICATE, Certificate.of(block.hash(), stores.roster.hash(), votes));
    }
    assertTrue(chain.certify(stores.certificate(chain, block.hash(), 0, 1)));
  }

  @Test
  void shouldNotTakeAnAuthorsSignatureForAVoteNorAVoteForAnAuthors() {
    Block block = stores.write(stores.copy(chain), 0, 1);
    byte[] header = block.headerBytes();
    StoreKey key = stores.keys.get(0);
    refused(Reason.SIGNATURE, signedWith(block, key.sign(Certificate.SIGNED, header)));
    assertFalse(
        StoreKey.verify(key.publicKey(), Certificate.SIGNED, header, block.signature()));
  }

  @Test
  void shouldRefuseVotesOfStrangersAndOfAnEarlierSet() {
    Roster next = Roster.of(2, 2, List.of(key(1), key(2)));
    chain.know(next);
    Chain.Draft draft = chain.draft(stores.keys.get(1));
    stores.write(draft, 1, 1);
    Block block = draft.seal(next, stores.now());
    refused(Reason.UNKNOWN_KEY, stores.certificate(chain, block.hash(), 0, 1));
    Map<String, byte[]> votes = new HashMap<>();
    for (int store = 0; store < 2; store++) {
      StoreKey key = stores.keys.get(store);
      votes.put(key.id(), new Voter(key).sign(chain, block.hash(), next));
    }
    refused(Reason.CERTIFICATE, Certificate.of(block.hash(), next.hash(), votes));
  }

  @Test
  void shouldFindTwoCertifiedBlocksOfOneHeightAndWhoSignedBoth() {
    Chain other = stores.copy(chain);
    Block one = stores.write(chain, 0, 1);
    Block two = stores.write(other, 1, 2);
    chain.add(two);
    assertTrue(chain.certify(stores.certificate(chain, one.hash(), 0, 2)));
    refused(Reason.EQUIVOCATION, stores.certificate(chain, two.hash(), 1, 2));
    Evidence evidence = chain.evidence().get(0);
    assertEquals(stores.keys.get(2).id(), evidence.store());
    assertTrue(evidence.holds());
  }

  @Test
  void shouldSignOnlyWhatDescendsFromWhatItHasSigned() {
    Voter voter = new Voter(stores.keys.get(2));
    Chain other = stores.copy(chain);
    Block one = stores.write(chain, 0, 1);
    Block two = stores.write(other, 1, 2);
    chain.add(two);
    Block merge = chain.settle().orElseThrow();
    byte[] signed = voter.sign(chain, one.hash(), stores.roster);
    assertNotNull(signed);
    assertNull(voter.sign(chain, two.hash(), stores.roster), "another one at that height");
    assertArrayEquals(signed, voter.sign(chain, one.hash(), stores.roster));
    assertNotNull(voter.sign(chain, merge.hash(), stores.roster));
    assertNull(voter.sign(chain, one.hash(), stores.roster), "one from an old backup");
  }

  // ---- copies ---------------------------------------------------------------------------------

  @Test
  void shouldFindABlockThatWasLeftOut() {
    Chain whole = stores.forked();
    List<Block> blocks = whole.blocks();
    for (int gone = 0; gone < blocks.size() - 1; gone++) {
      List<Block> left = new ArrayList<>(blocks);
      left.remove(gone);
      Verdict verdict = verify(file(whole, left), Optional.empty());
      assertFalse(verdict.holds(), "without block " + gone);
    }
  }

  @Test
  void shouldFindBlocksThatChangedPlacesOrAreThereTwice() {
    Chain whole = stores.forked();
    for (int i = 0; i < whole.size() - 1; i++) {
      List<Block> swapped = new ArrayList<>(whole.blocks());
      Collections.swap(swapped, i, i + 1);
      assertFalse(verify(file(whole, swapped), Optional.empty()).holds());
      List<Block> twice = new ArrayList<>(whole.blocks());
      twice.add(i, twice.get(i));
      Fault fault = verify(file(whole, twice), Optional.empty()).fault().orElseThrow();
      assertEquals(Reason.ORDER, fault.reason());
    }
  }

  @Test
  void shouldFindThatTheEndWasCutOffIfALaterCheckpointIsKnown() {
    Chain whole = stores.forked();
    Checkpoint kept = whole.checkpoint(whole.certified().orElseThrow().block());
    List<Block> cut = whole.blocks().subList(0, 2);
    Chain stale = stores.chain();
    stale.add(cut.get(1));
    byte[] file = LedgerFile.encode(stale);
    assertTrue(verify(file, Optional.empty()).holds(), "nobody can see it from the copy alone");
    Fault fault = verify(file, Optional.of(kept)).fault().orElseThrow();
    assertEquals(Reason.CHECKPOINT, fault.reason());
    assertTrue(verify(LedgerFile.encode(whole), Optional.of(kept)).holds());
  }

  @Test
  void shouldFindThatACertifiedBlockWasCutOff() {
    Chain whole = stores.forked();
    Verdict verdict = verify(file(whole, whole.blocks().subList(0, 3)), Optional.empty());
    assertEquals(Reason.CERTIFICATE, verdict.fault().orElseThrow().reason());
  }

  @Test
  void shouldFindAnotherHistoryThatTheSameStoresWroteAnew() {
    Chain whole = stores.forked();
    Checkpoint kept = whole.checkpoint(whole.heads().get(0));
    Chain again = stores.chain();
    stores.write(again, 0, 30);
    stores.write(again, 1, 31);
    Block head = stores.write(again, 2, 32);
    again.certify(stores.certificate(again, head.hash(), 0, 1, 2));
    byte[] file = LedgerFile.encode(again);
    assertTrue(verify(file, Optional.empty()).holds());
    assertEquals(
        Reason.CHECKPOINT, verify(file, Optional.of(kept)).fault().orElseThrow().reason());
    Checkpoint forged =
        new Checkpoint(
            kept.variable(), 1, head.height(), head.hash(), kept.size(), kept.root());
    assertEquals(
        Reason.CHECKPOINT, verify(file, Optional.of(forged)).fault().orElseThrow().reason());
  }

  @Test
  void shouldFindAWholeInventionByTheKeys() {
    Stores liars = new Stores(3, 9);
    byte[] file = LedgerFile.encode(liars.forked());
    assertTrue(verify(file, Optional.empty()).holds());
    Verdict verdict = Verifier.verify(file, List.of(stores.roster.hash()), Optional.empty());
    assertEquals(Reason.UNKNOWN_KEY, verdict.fault().orElseThrow().reason());
    assertEquals(0, verdict.blocks());
  }

  @Test
  void shouldTellHowFarAChainHoldsBeforeItsFault() {
    Chain whole = stores.forked();
    Block last = whole.get(whole.heads().get(0));
    List<Block> blocks = new ArrayList<>(whole.blocks());
    blocks.set(blocks.size() - 1, signedWith(last, new byte[64]));
    Verdict verdict = verify(file(whole, blocks), Optional.empty());
    assertEquals(Reason.SIGNATURE, verdict.fault().orElseThrow().reason());
    assertEquals(4, verdict.fault().orElseThrow().height());
    assertEquals(3, verdict.height());
    assertEquals(5, verdict.blocks());
  }

  // ---- how ------------------------------------------------------------------------------------

  private static Verdict verify(byte[] file, Optional<Checkpoint> kept) {
    return Verifier.verify(file, List.of(), kept);
  }

  /** The file of {@code chain} with other blocks in it. */
  private static byte[] file(Chain chain, List<Block> blocks) {
    Packer out = new Packer().raw(LedgerFile.MAGIC).u8(LedgerFile.VERSION);
    chain.rosters().forEach(each -> out.u8(LedgerFile.ROSTER).bytes(each.encode()));
    blocks.forEach(each -> out.u8(LedgerFile.BLOCK).bytes(each.encode()));
    chain.certificates().forEach(each -> out.u8(LedgerFile.CERTIFICATE).bytes(each.encode()));
    return LedgerFile.sealed(out.done());
  }

  private void refused(Reason reason, Block block) {
    int size = chain.size();
    List<Hash> heads = chain.heads();
    Broken broken = assertThrows(Broken.class, () -> chain.add(block));
    assertEquals(reason, broken.fault().reason(), broken.getMessage());
    assertEquals(block.hash().toString(), broken.fault().block());
    assertEquals(size, chain.size());
    assertEquals(heads, chain.heads());
  }

  private void refused(Reason reason, Certificate certificate) {
    int size = chain.certificates().size();
    Broken broken = assertThrows(Broken.class, () -> chain.certify(certificate));
    assertEquals(reason, broken.fault().reason(), broken.getMessage());
    assertEquals(size, chain.certificates().size());
  }

  private byte[] key(int store) {
    return stores.keys.get(store).publicKey();
  }

  private byte[] vote(int store, Chain of, Block block) {
    return new Voter(stores.keys.get(store)).sign(of, block.hash(), stores.roster);
  }

  private static Block with(Block block, List<byte[]> entries) {
    Packer out = new Packer().bytes(block.headerBytes()).bytes(block.signature());
    entries.forEach(out::bytes);
    return Block.decode(out.done());
  }

  private static Block signedWith(Block block, byte[] signature) {
    Packer out = new Packer().bytes(block.headerBytes()).bytes(signature);
    block.entries().forEach(out::bytes);
    return Block.decode(out.done());
  }

  /** As that store would sign it if it wanted to. */
  private Block resigned(
      Block block, int store, UnaryOperator<Block.Header> change, List<byte[]> entries) {
    Block.Header header = counted(change.apply(block.header()), entries);
    return Block.signed(header, entries, stores.keys.get(store));
  }

  private static Block.Header counted(Block.Header h, List<byte[]> entries) {
    return new Block.Header(
        h.kind(), h.variable(), h.life(), h.roster(), h.height(), h.size(), h.history(),
        h.parents(), entries.size(), Merkle.root(entries), h.state(), h.author(), h.stamp(),
        h.index());
  }

  private static Block.Header parents(Block.Header h, Hash... parents) {
    return new Block.Header(
        h.kind(), h.variable(), h.life(), h.roster(), h.height(), h.size(), h.history(),
        List.of(parents), h.count(), h.entries(), h.state(), h.author(), h.stamp(), h.index());
  }

  private static Block.Header height(Block.Header h, long height) {
    return new Block.Header(
        h.kind(), h.variable(), h.life(), h.roster(), height, h.size(), h.history(), h.parents(),
        h.count(), h.entries(), h.state(), h.author(), h.stamp(), h.index());
  }

  private static Block.Header history(Block.Header h, long size, Hash history) {
    return new Block.Header(
        h.kind(), h.variable(), h.life(), h.roster(), h.height(), size, history, h.parents(),
        h.count(), h.entries(), h.state(), h.author(), h.stamp(), h.index());
  }

  private static Block.Header state(Block.Header h, Hash state) {
    return new Block.Header(
        h.kind(), h.variable(), h.life(), h.roster(), h.height(), h.size(), h.history(),
        h.parents(), h.count(), h.entries(), state, h.author(), h.stamp(), h.index());
  }

  private static Block.Header roster(Block.Header h, Roster roster) {
    return new Block.Header(
        h.kind(), h.variable(), h.life(), roster.hash(), h.height(), h.size(), h.history(),
        h.parents(), h.count(), h.entries(), h.state(), h.author(), h.stamp(), h.index());
  }

  private static Block.Header author(Block.Header h, String author) {
    return new Block.Header(
        h.kind(), h.variable(), h.life(), h.roster(), h.height(), h.size(), h.history(),
        h.parents(), h.count(), h.entries(), h.state(), author, h.stamp(), h.index());
  }
}
