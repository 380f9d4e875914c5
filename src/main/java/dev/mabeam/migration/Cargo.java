package dev.mabeam.migration;

import dev.mabeam.checkpoint.Checkpoint;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * A checkpoint as bytes in a row, cut into chunks; and the manifest, which says how to put it
 * together again. Nothing is copied but the chunk that is asked for.
 */
final class Cargo {
  static final int CHUNK = 256 * 1024;
  static final int MOST_CHUNKS = 4 * 1024;
  private static final int ABSENT = -1;

  private final Checkpoint checkpoint;
  private final List<Buffer> parts = new ArrayList<>();
  private final int length;

  private Cargo(Checkpoint checkpoint, long length) {
    this.checkpoint = checkpoint;
    this.length = (int) length;
    add(checkpoint.envelope());
    add(checkpoint.base());
    checkpoint.deltas().forEach(this::add);
  }

  private void add(Buffer part) {
    if (part != null && part.length() > 0) {
      parts.add(part);
    }
  }

  /** FAILED_TO_SERIALIZE if it is larger than a move carries, which is a gigabyte. */
  static Cargo of(String agent, Checkpoint checkpoint) {
    long length = size(checkpoint.envelope()) + size(checkpoint.base());
    for (Buffer delta : checkpoint.deltas()) {
      length += size(delta);
    }
    if (length > (long) CHUNK * MOST_CHUNKS) {
      throw new MabeamException(
          ErrorCode.FAILED_TO_SERIALIZE,
          "the state of agent '" + agent + "' is " + length + " bytes, and a move carries at most "
              + (long) CHUNK * MOST_CHUNKS,
          "keep less in the agent, or split it");
    }
    return new Cargo(checkpoint, length);
  }

  private static long size(Buffer part) {
    return part == null ? 0 : part.length();
  }

  int length() {
    return length;
  }

  int chunks() {
    return (length + CHUNK - 1) / CHUNK;
  }

  /** The bytes of that chunk, a copy. */
  Buffer chunk(int index) {
    int from = index * CHUNK;
    int to = Math.min(length, from + CHUNK);
    Buffer chunk = Buffer.buffer(to - from);
    int start = 0;
    for (Buffer part : parts) {
      int end = start + part.length();
      if (end > from && start < to) {
        chunk.appendBuffer(
            part, Math.max(0, from - start), Math.min(end, to) - Math.max(start, from));
      }
      start = end;
    }
    return chunk;
  }

  JsonObject manifest() {
    JsonArray deltas = new JsonArray();
    checkpoint.deltas().forEach(delta -> deltas.add(delta.length()));
    return new JsonObject()
        .put("epoch", checkpoint.epoch())
        .put("position", checkpoint.position())
        .put("stateVersion", checkpoint.stateVersion())
        .put("envelope", length(checkpoint.envelope()))
        .put("base", length(checkpoint.base()))
        .put("deltas", deltas)
        .put("bytes", length)
        .put("chunks", chunks());
  }

  private static int length(Buffer part) {
    return part == null ? ABSENT : part.length();
  }

  /** The checkpoint that {@code bytes} are all chunks of. */
  static Checkpoint unpack(JsonObject manifest, Buffer bytes) {
    if (bytes.length() != manifest.getInteger("bytes")) {
      throw new MabeamException(
          ErrorCode.INTERNAL,
          "a state of " + manifest.getInteger("bytes") + " bytes came as " + bytes.length());
    }
    Cut cut = new Cut(bytes);
    Buffer envelope = cut.next(manifest.getInteger("envelope"));
    Buffer base = cut.next(manifest.getInteger("base"));
    List<Buffer> deltas = new ArrayList<>();
    for (Object length : manifest.getJsonArray("deltas")) {
      deltas.add(cut.next(((Number) length).intValue()));
    }
    return new Checkpoint(
        manifest.getLong("epoch"),
        manifest.getLong("position"),
        envelope,
        manifest.getInteger("stateVersion"),
        base,
        deltas);
  }

  /** Takes one part after the other. */
  private static final class Cut {
    private final Buffer bytes;
    private int at;

    Cut(Buffer bytes) {
      this.bytes = bytes;
    }

    Buffer next(int length) {
      if (length == ABSENT) {
        return null;
      }
      at += length;
      return bytes.slice(at - length, at);
    }
  }
}
