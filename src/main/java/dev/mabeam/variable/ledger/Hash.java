package dev.mabeam.variable.ledger;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** A SHA-256 hash. */
public final class Hash implements Comparable<Hash> {
  static final int LENGTH = 32;

  private final byte[] bytes;

  private Hash(byte[] bytes) {
    this.bytes = bytes;
  }

  static Hash of(byte[] bytes) {
    if (bytes.length != LENGTH) {
      throw new IllegalArgumentException("a hash has 32 bytes, not " + bytes.length);
    }
    return new Hash(bytes.clone());
  }

  /** The inverse of {@link #toString}. */
  public static Hash parse(String hex) {
    return of(HexFormat.of().parseHex(hex));
  }

  /** Of all {@code parts}, one after the other. */
  static Hash sha256(byte[]... parts) {
    MessageDigest digest = digest();
    for (byte[] part : parts) {
      digest.update(part);
    }
    return new Hash(digest.digest());
  }

  /** Of {@code bytes} in the role that {@code domain} names: no hash has two roles. */
  static Hash in(String domain, byte[] bytes) {
    return sha256(domain(domain), bytes);
  }

  /** What stands before that which is hashed or signed. */
  static byte[] domain(String name) {
    return (name + "\0").getBytes(StandardCharsets.US_ASCII);
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public int compareTo(Hash other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Hash hash && Arrays.equals(hash.bytes, bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** In hexadecimal digits. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes);
  }

  /** The first digits, for people. */
  String brief() {
    return toString().substring(0, 12);
  }
}
