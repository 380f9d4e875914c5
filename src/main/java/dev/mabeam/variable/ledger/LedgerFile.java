package dev.mabeam.variable.ledger;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A chain as a file.
 *
 * <pre>
 *   "MABEAM-LEDGER\n"  version:1
 *   records            kind:1 content:bytes
 *       1 roster         as {@link Roster#encode}; by set, only those that something names
 *       2 block          as {@link Block#encode}; by height and hash
 *       3 certificate    as {@link Certificate#encode}; by height
 *   end                kind:1 = 0  SHA-256 of everything before it: 32
 * </pre>
 *
 * <p>The sum at the end finds what a disk or a copy has spoilt. It is no protection: whoever
 * changes the file on purpose makes it anew. What protects are the rules of {@link Chain}.
 */
final class LedgerFile {
  static final byte[] MAGIC = "MABEAM-LEDGER\n".getBytes(StandardCharsets.US_ASCII);
  static final int VERSION = 1;
  static final int END = 0;
  static final int ROSTER = 1;
  static final int BLOCK = 2;
  static final int CERTIFICATE = 3;

  private LedgerFile() {}

  static byte[] encode(Chain chain) {
    List<Block> blocks = chain.blocks();
    List<Certificate> certificates = chain.certificates();
    Set<Hash> named = new HashSet<>();
    blocks.forEach(block -> named.add(block.header().roster()));
    certificates.forEach(certificate -> named.add(certificate.roster()));
    Packer out = new Packer().raw(MAGIC).u8(VERSION);
    for (Roster roster : chain.rosters()) {
      if (named.contains(roster.hash())) {
        out.u8(ROSTER).bytes(roster.encode());
      }
    }
    blocks.forEach(block -> out.u8(BLOCK).bytes(block.encode()));
    certificates.forEach(each -> out.u8(CERTIFICATE).bytes(each.encode()));
    return sealed(out.done());
  }

  /** With the end. */
  static byte[] sealed(byte[] content) {
    byte[] sum = Hash.sha256(content).bytes();
    return new Packer().raw(content).u8(END).raw(sum).done();
  }

  /** What is before the end, if its sum is right. */
  static byte[] opened(byte[] file) {
    int end = file.length - Hash.LENGTH - 1;
    if (end < MAGIC.length + 1 || !Arrays.equals(MAGIC, Arrays.copyOf(file, MAGIC.length))) {
      throw Unpacker.malformed("this is no ledger");
    }
    byte[] content = Arrays.copyOf(file, end);
    byte[] sum = Arrays.copyOfRange(file, end + 1, file.length);
    if (file[end] != END || !Arrays.equals(sum, Hash.sha256(content).bytes())) {
      throw new Broken(
          Fault.Reason.CHECKSUM, "the file is cut off, or some of its bytes have changed");
    }
    return content;
  }
}
