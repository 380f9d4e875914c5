package dev.mabeam.variable.ledger;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Checks a copy of a chain, without a cluster: every block from the first one on, in the order in
 * which they stand, then the certificates.
 *
 * <p>Guaranteed, for whoever knows the public keys: no block was changed, exchanged, left out or put
 * in. For whoever knows a {@link Checkpoint}: nothing that was there then is missing now.
 * <em>Not</em> guaranteed, without either: that the whole file, keys and all, is not somebody's
 * invention. So the verdict names the rosters, and takes those that are expected.
 */
public final class Verifier {
  private final Set<Hash> trusted = new HashSet<>();
  private final Set<Hash> named = new HashSet<>();
  private final Optional<Checkpoint> kept;
  private Chain chain;
  private long certificateHeight;
  private int lastKind;
  private Roster lastRoster;
  private Block lastBlock;

  private Verifier(Collection<Hash> trusted, Optional<Checkpoint> kept) {
    this.trusted.addAll(trusted);
    this.kept = kept;
  }

  /**
   * Checks what {@link Chain} gives as a file.
   *
   * @param trusted the hashes of the rosters that there may be; empty to take those of the file
   * @param kept how far it was before, if that is known
   */
  public static Verdict verify(
      byte[] file, Collection<Hash> trusted, Optional<Checkpoint> kept) {
    return new Verifier(trusted, kept).run(file);
  }

  private final List<Roster> rosters = new ArrayList<>();

  private Verdict run(byte[] file) {
    Fault fault = null;
    try {
      Unpacker in = new Unpacker(LedgerFile.opened(file));
      in.raw(LedgerFile.MAGIC.length);
      int version = in.u8();
      if (version != LedgerFile.VERSION) {
        throw new Broken(Fault.Reason.VERSION, "a ledger of version " + version);
      }
      while (!in.isDone()) {
        record(in.u8(), in.bytes());
      }
      end();
    } catch (Broken broken) {
      fault = broken.fault();
    }
    return verdict(Optional.ofNullable(fault));
  }

  private void record(int kind, byte[] content) {
    if (kind < lastKind) {
      throw new Broken(Fault.Reason.ORDER, "a record of kind " + kind + " after one of " + lastKind);
    }
    lastKind = kind;
    switch (kind) {
      case LedgerFile.ROSTER -> roster(Roster.decode(content));
      case LedgerFile.BLOCK -> block(Block.decode(content));
      case LedgerFile.CERTIFICATE -> certificate(Certificate.decode(content));
      default -> throw new Broken(Fault.Reason.VERSION, "a record of kind " + kind);
    }
  }

  private void roster(Roster roster) {
    if (!trusted.isEmpty() && !trusted.contains(roster.hash())) {
      throw new Broken(
          Fault.Reason.UNKNOWN_KEY, "set " + roster.set() + " has other keys than are expected");
    }
    boolean after =
        lastRoster == null
            || lastRoster.set() < roster.set()
            || lastRoster.set() == roster.set()
                && lastRoster.hash().compareTo(roster.hash()) < 0;
    if (!after) {
      throw new Broken(Fault.Reason.ORDER, "set " + roster.set() + " is in no order");
    }
    lastRoster = roster;
    rosters.add(roster);
  }

  private void block(Block block) {
    if (chain == null) {
      chain = Chain.from(block);
      rosters.forEach(chain::know);
    } else {
      requireOrder(block);
      chain.add(block);
    }
    named.add(block.header().roster());
    lastBlock = block;
  }

  private void requireOrder(Block block) {
    boolean higher = block.height() > lastBlock.height();
    boolean same = block.height() == lastBlock.height();
    if (!higher && !(same && block.hash().compareTo(lastBlock.hash()) > 0)) {
      throw new Broken(Fault.Reason.ORDER, "it does not come where its height puts it").in(block);
    }
  }

  private void certificate(Certificate certificate) {
    if (chain == null) {
      throw new Broken(Fault.Reason.MISSING_PARENT, "there are no blocks");
    }
    boolean fresh = chain.certify(certificate);
    long height = chain.get(certificate.block()).height();
    if (!fresh || height < certificateHeight) {
      throw new Broken(
          Fault.Reason.ORDER, "the certificate of height " + height + " is in no order");
    }
    certificateHeight = height;
    named.add(certificate.roster());
  }

  private void end() {
    if (chain == null) {
      throw new Broken(Fault.Reason.MISSING_PARENT, "there are no blocks");
    }
    for (Roster roster : rosters) {
      if (!named.contains(roster.hash())) {
        throw new Broken(
            Fault.Reason.UNKNOWN_KEY, "set " + roster.set() + " has signed nothing here");
      }
    }
    kept.ifPresent(
        checkpoint -> {
          if (!checkpoint.variable().equals(chain.variable())
              || checkpoint.life() != chain.life()) {
            throw new Broken(
                Fault.Reason.FOREIGN,
                "the checkpoint is of '" + checkpoint.variable() + "', life " + checkpoint.life());
          }
          chain.require(checkpoint);
        });
  }

  private Verdict verdict(Optional<Fault> fault) {
    List<Hash> hashes = rosters.stream().map(Roster::hash).toList();
    if (chain == null) {
      return new Verdict("", 0, 0, -1, Optional.empty(), hashes, List.of(), fault);
    }
    return new Verdict(
        chain.variable(),
        chain.life(),
        chain.size(),
        chain.height(),
        chain.certified().map(certificate -> chain.checkpoint(certificate.block())),
        hashes,
        chain.evidence(),
        fault);
  }
}
