package dev.mabeam.consensus;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.Packer;
import dev.mabeam.link.Unpacker;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;

/**
 * What a command came to: the same on every node, and remembered until its proposer has it.
 *
 * @param value what the machine returned; null if it refused
 * @param refusal null if it did not
 */
record Answer(Buffer value, MabeamException refusal) {
  static Answer of(Buffer value) {
    return new Answer(value == null ? Buffer.buffer() : value, null);
  }

  static Answer of(MabeamException refusal) {
    return new Answer(null, refusal);
  }

  Future<Buffer> toFuture() {
    return refusal == null ? Future.succeededFuture(value) : Future.failedFuture(refusal);
  }

  void encode(Packer to) {
    to.flag(refusal == null);
    if (refusal == null) {
      to.bytes(value);
    } else {
      to.text(refusal.code().name()).text(refusal.getMessage()).text(refusal.hint());
    }
  }

  static Answer decode(Unpacker from) {
    if (from.flag()) {
      return of(from.bytes());
    }
    String code = from.text();
    return of(new MabeamException(code(code), from.text(), from.text()));
  }

  private static ErrorCode code(String name) {
    try {
      return ErrorCode.valueOf(name);
    } catch (IllegalArgumentException unknown) {
      return ErrorCode.INTERNAL;
    }
  }
}
