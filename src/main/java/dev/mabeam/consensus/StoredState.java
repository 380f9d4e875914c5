package dev.mabeam.consensus;

import dev.mabeam.disk.Disk;
import io.microraft.model.log.RaftGroupMembersView;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.zip.CRC32C;

/**
 * What an endpoint may never forget beside its log: who it is, and whom it has voted for. A small
 * file that is replaced as a whole.
 *
 * <pre>
 *   version:1  group:string  endpoint  voting:1  initial members  term:4  voted:1 [endpoint]  crc:4
 * </pre>
 *
 * @param group the cluster's id
 * @param initial the group's members when the endpoint was made; its index is 0
 * @param votedFor null if it voted for nobody in that term
 */
record StoredState(
    String group,
    Endpoint endpoint,
    boolean voting,
    RaftGroupMembersView initial,
    int term,
    Endpoint votedFor) {
  static final String FILE = "state";
  private static final byte VERSION = 1;

  boolean whole() {
    return endpoint != null && initial != null;
  }

  StoredState with(Endpoint self, boolean votes) {
    return new StoredState(group, self, votes, initial, term, votedFor);
  }

  StoredState with(RaftGroupMembersView members) {
    return new StoredState(group, endpoint, voting, members, term, votedFor);
  }

  StoredState with(int newTerm, Endpoint vote) {
    return new StoredState(group, endpoint, voting, initial, newTerm, vote);
  }

  StoredState in(String newGroup) {
    return new StoredState(newGroup, endpoint, voting, initial, term, votedFor);
  }

  Buffer encode() {
    Buffer out = Buffer.buffer(256).appendByte(VERSION);
    LogWire.writeString(out, group);
    LogWire.writeEndpoint(out, endpoint);
    out.appendByte((byte) (voting ? 1 : 0));
    LogCodec.writeMembers(out, initial);
    out.appendInt(term).appendByte((byte) (votedFor == null ? 0 : 1));
    if (votedFor != null) {
      LogWire.writeEndpoint(out, votedFor);
    }
    return out.appendInt(checksum(out));
  }

  /** Reads the file, which is there. */
  static StoredState read(Disk disk) throws IOException {
    Buffer bytes = disk.read(FILE);
    int end = bytes.length() - 4;
    if (end < 1 || bytes.getInt(end) != checksum(bytes.getBuffer(0, end))) {
      throw Journal.corrupt(disk, FILE, "and says no more who this endpoint is");
    }
    LogWire in = new LogWire(bytes);
    byte version = in.readByte();
    if (version > VERSION) {
      throw Journal.corrupt(disk, FILE, "or of a later version of mabeam, " + version);
    }
    return new StoredState(
        in.readString(),
        in.readEndpoint(),
        in.readBoolean(),
        LogCodec.readMembers(in),
        in.readInt(),
        in.readBoolean() ? in.readEndpoint() : null);
  }

  private static int checksum(Buffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.getBytes());
    return (int) crc.getValue();
  }
}
