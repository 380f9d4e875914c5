package dev.mabeam.consensus;

import dev.mabeam.disk.Disk;
import io.microraft.model.log.RaftGroupMembersView;
import io.microraft.model.log.SnapshotChunk;
import io.microraft.model.log.SnapshotEntry;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * An image in a file of its own, which is written as a whole.
 *
 * <pre>
 *   image-0000000000005000    version:1  index:8  term:4  members  length:4  image  crc:4
 * </pre>
 */
record StoredImage(long index, int term, RaftGroupMembersView members, Buffer image) {
  private static final String PREFIX = "image-";
  private static final byte VERSION = 1;

  static StoredImage of(SnapshotChunk chunk, Buffer image) {
    return new StoredImage(
        chunk.getIndex(), chunk.getTerm(), chunk.getGroupMembersView(), image);
  }

  static boolean isIts(String name) {
    return name.startsWith(PREFIX) && !name.endsWith(Disk.DRAFT);
  }

  static String name(long index) {
    return PREFIX + "%016d".formatted(index);
  }

  void write(Disk disk) throws IOException {
    Buffer out = Buffer.buffer(512 + image.length()).appendByte(VERSION);
    out.appendLong(index).appendInt(term);
    LogCodec.writeMembers(out, members);
    LogWire.writeBytes(out, image);
    disk.writeWhole(name(index), out.appendInt(checksum(out)));
  }

  /** The newest one, or null. */
  static StoredImage newest(Disk disk) throws IOException {
    String name = null;
    for (String file : disk.names()) {
      name = isIts(file) ? file : name;
    }
    return name == null ? null : read(disk, name);
  }

  private static StoredImage read(Disk disk, String name) throws IOException {
    Buffer bytes = disk.read(name);
    int end = bytes.length() - 4;
    if (end < 1 || bytes.getInt(end) != checksum(bytes.getBuffer(0, end))) {
      throw Journal.corrupt(disk, name, "and what it held is not in the log any more");
    }
    LogWire in = new LogWire(bytes);
    byte version = in.readByte();
    if (version > VERSION) {
      throw Journal.corrupt(disk, name, "or of a later version of mabeam, " + version);
    }
    return new StoredImage(
        in.readLong(), in.readInt(), LogCodec.readMembers(in), in.readBytes());
  }

  /** Deletes those that a newer one replaces. */
  static void deleteBefore(Disk disk, long index) throws IOException {
    for (String name : disk.names()) {
      if (isIts(name) && name.compareTo(name(index)) < 0) {
        disk.delete(name);
      }
    }
  }

  SnapshotEntry toEntry() {
    return LogCodec.MODEL
        .createSnapshotEntryBuilder()
        .setIndex(index)
        .setTerm(term)
        .setGroupMembersView(members)
        .setSnapshotChunks(
            List.of(LogCodec.chunk(index, term, 0, 1, members, new LogImage(image))))
        .build();
  }

  private static int checksum(Buffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.getBytes());
    return (int) crc.getValue();
  }
}
