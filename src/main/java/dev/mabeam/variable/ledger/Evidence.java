package dev.mabeam.variable.ledger;

import java.util.Optional;

/**
 * Two things that one store signed at the same height of the same variable, of which it may sign
 * one: anybody who has this and the store's public key can see for himself.
 *
 * @param store the id
 * @param domain what role the signatures have: a block's author, or a countersigner
 */
public record Evidence(
    String store, byte[] publicKey, String domain, Statement first, Statement second) {
  /** What was signed. */
  public record Statement(byte[] message, byte[] signature) {
    boolean signedWith(byte[] publicKey, String domain) {
      return StoreKey.verify(publicKey, domain, message, signature);
    }
  }

  /** What a message is about, and what it says of it. */
  private record Claim(String variable, long life, long height, Hash block) {
    boolean contradicts(Claim other) {
      return variable.equals(other.variable)
          && life == other.life
          && height == other.height
          && !block.equals(other.block);
    }
  }

  static Optional<Evidence> ofAuthor(Block one, Block other, byte[] publicKey) {
    return new Evidence(
            one.header().author(),
            publicKey,
            Block.SIGNED,
            new Statement(one.headerBytes(), one.signature()),
            new Statement(other.headerBytes(), other.signature()))
        .ifItHolds();
  }

  private Optional<Evidence> ifItHolds() {
    return holds() ? Optional.of(this) : Optional.empty();
  }

  static Optional<Evidence> ofVotes(
      String store, byte[] publicKey, Statement first, Statement second) {
    return new Evidence(store, publicKey, Certificate.SIGNED, first, second).ifItHolds();
  }

  /** Whether it proves what it says. */
  public boolean holds() {
    return StoreKey.id(publicKey).equals(store)
        && first.signedWith(publicKey, domain)
        && second.signedWith(publicKey, domain)
        && claim(first).contradicts(claim(second));
  }

  private Claim claim(Statement statement) {
    if (domain.equals(Block.SIGNED)) {
      Block.Header header = Block.Header.decode(statement.message);
      Hash hash = Block.hash(statement.message);
      return new Claim(header.variable(), header.life(), header.height(), hash);
    }
    Unpacker in = new Unpacker(statement.message);
    String variable = in.text();
    long life = in.u64();
    in.hash();
    return new Claim(variable, life, in.u64(), in.hash());
  }
}
