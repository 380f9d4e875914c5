package dev.mabeam.variable.ledger;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.NamedParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * What a store signs with: an Ed25519 key pair. The store's id in a ledger is the beginning of the
 * SHA-256 of its public key, so an id cannot be given another key.
 *
 * <p>The private key never leaves the memory of the process that made it. A store that lost its
 * memory comes back with another key, and so under another id.
 */
public final class StoreKey {
  private static final String ED25519 = "Ed25519";
  static final int SIGNATURE_LENGTH = 64;

  private final KeyPair pair;
  private final String id;

  private StoreKey(KeyPair pair) {
    this.pair = pair;
    this.id = id(publicKey());
  }

  /**
   * A new one.
   *
   * @param random has to be unpredictable where signatures are to mean anything
   */
  public static StoreKey generate(SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(ED25519);
      generator.initialize(NamedParameterSpec.ED25519, random);
      return new StoreKey(generator.generateKeyPair());
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** The id of whoever has that public key. */
  public static String id(byte[] publicKey) {
    byte[] hash = Hash.in("mabeam/ledger/store/1", publicKey).bytes();
    return HexFormat.of().formatHex(Arrays.copyOf(hash, 16));
  }

  public String id() {
    return id;
  }

  /** As X.509 encodes it: 44 bytes. */
  public byte[] publicKey() {
    return pair.getPublic().getEncoded();
  }

  byte[] sign(String domain, byte[] message) {
    try {
      Signature signature = Signature.getInstance(ED25519);
      signature.initSign(pair.getPrivate());
      signature.update(Hash.domain(domain));
      signature.update(message);
      return signature.sign();
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Whether the owner of {@code publicKey} has signed that, in that role. */
  static boolean verify(byte[] publicKey, String domain, byte[] message, byte[] signed) {
    if (signed.length != SIGNATURE_LENGTH) {
      return false;
    }
    try {
      Signature signature = Signature.getInstance(ED25519);
      signature.initVerify(decode(publicKey));
      signature.update(Hash.domain(domain));
      signature.update(message);
      return signature.verify(signed);
    } catch (GeneralSecurityException refused) {
      return false;
    }
  }

  /** Whether it is a public key, in the one form that it has. */
  static boolean isKey(byte[] publicKey) {
    try {
      return Arrays.equals(decode(publicKey).getEncoded(), publicKey);
    } catch (GeneralSecurityException refused) {
      return false;
    }
  }

  private static PublicKey decode(byte[] publicKey) throws GeneralSecurityException {
    return KeyFactory.getInstance(ED25519).generatePublic(new X509EncodedKeySpec(publicKey));
  }
}
