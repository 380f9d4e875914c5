package dev.mabeam.consensus;

import dev.mabeam.link.LinkAddress;
import io.microraft.RaftEndpoint;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Reads what was written with the static methods; whatever follows what it reads is left alone. */
final class LogWire {
  private final Buffer from;
  private int at;

  LogWire(Buffer from) {
    this.from = from;
  }

  static void writeString(Buffer to, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    to.appendUnsignedShort(bytes.length).appendBytes(bytes);
  }

  static void writeBytes(Buffer to, Buffer bytes) {
    to.appendInt(bytes.length()).appendBuffer(bytes);
  }

  static void writeEndpoint(Buffer to, Endpoint endpoint) {
    writeString(to, endpoint.id());
    writeString(to, endpoint.node());
    writeString(to, endpoint.address().host());
    to.appendUnsignedShort(endpoint.address().port());
  }

  static void writeEndpoints(Buffer to, Collection<RaftEndpoint> endpoints) {
    to.appendUnsignedShort(endpoints.size());
    endpoints.forEach(endpoint -> writeEndpoint(to, (Endpoint) endpoint));
  }

  byte readByte() {
    return from.getByte(at++);
  }

  boolean readBoolean() {
    return readByte() != 0;
  }

  int readShort() {
    int value = from.getUnsignedShort(at);
    at += 2;
    return value;
  }

  int readInt() {
    int value = from.getInt(at);
    at += 4;
    return value;
  }

  long readLong() {
    long value = from.getLong(at);
    at += 8;
    return value;
  }

  Buffer readBytes() {
    int length = readInt();
    if (length < 0 || length > from.length() - at) {
      throw new IndexOutOfBoundsException(length + " bytes are not there");
    }
    at += length;
    return from.getBuffer(at - length, at);
  }

  String readString() {
    int length = readShort();
    at += length;
    return from.getString(at - length, at, "UTF-8");
  }

  Endpoint readEndpoint() {
    return new Endpoint(
        readString(), readString(), new LinkAddress(readString(), readShort()));
  }

  List<RaftEndpoint> readEndpoints() {
    int count = readShort();
    List<RaftEndpoint> endpoints = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      endpoints.add(readEndpoint());
    }
    return endpoints;
  }

  boolean hasMore() {
    return at < from.length();
  }
}
