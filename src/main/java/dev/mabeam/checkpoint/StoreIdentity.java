package dev.mabeam.checkpoint;

import dev.mabeam.disk.Disk;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.Packer;
import dev.mabeam.link.Unpacker;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.random.RandomGenerator;

/**
 * Which store it is, and of which cluster; with a disk in a file that is replaced as a whole.
 *
 * <pre>
 *   version:1  id:text  cluster:text, empty before there is one
 * </pre>
 */
final class StoreIdentity {
  private static final String FILE = "store";
  private static final int VERSION = 1;

  /** Null for memory. */
  private final Disk disk;
  private final String id;
  private String cluster;

  private StoreIdentity(Disk disk, String id, String cluster) {
    this.disk = disk;
    this.id = id;
    this.cluster = cluster;
  }

  static StoreIdentity fresh(RandomGenerator random) {
    return new StoreIdentity(null, "%016x".formatted(random.nextLong()), "");
  }

  /** The one that is there, or a new one. */
  static StoreIdentity of(Disk disk, RandomGenerator random) throws IOException {
    if (disk.names().contains(FILE)) {
      return read(disk);
    }
    StoreIdentity made = new StoreIdentity(disk, fresh(random).id, "");
    made.write();
    return made;
  }

  private static StoreIdentity read(Disk disk) throws IOException {
    try {
      Unpacker in = new Unpacker(disk.read(FILE)).version(VERSION, "a store");
      return new StoreIdentity(disk, in.text(), in.text());
    } catch (Unpacker.Malformed malformed) {
      throw Disk.corrupt(disk, FILE, "and says no more which store it is");
    }
  }

  /** If there is one, it is of that cluster from now on. */
  static void move(Disk disk, String to) throws IOException {
    if (disk.names().contains(FILE)) {
      StoreIdentity there = read(disk);
      there.cluster = to;
      there.write();
    }
  }

  private void write() throws IOException {
    Buffer bytes = new Packer().octet(VERSION).text(id).text(cluster).buffer();
    disk.writeWhole(FILE, bytes);
  }

  String id() {
    return id;
  }

  void belongTo(String clusterId) {
    if (disk == null || cluster.equals(clusterId)) {
      return;
    }
    if (!cluster.isEmpty()) {
      throw new MabeamException(
          ErrorCode.CONFLICT,
          disk + " has the checkpoints of cluster '" + cluster + "' and not of '" + clusterId + "'",
          "give another --data-dir, or leave the old cluster with --forget-cluster");
    }
    try {
      cluster = clusterId;
      write();
    } catch (IOException failure) {
      throw new MabeamException(
          ErrorCode.INTERNAL, "cannot write to " + disk, "check that it has space", failure);
    }
  }
}
