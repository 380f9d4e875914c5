package dev.mabeam.link;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A DNS server on loopback that knows the A records it is told, and denies everything else. */
final class TinyDns implements AutoCloseable {
  private static final int TYPE_A = 1;
  private static final int RESPONSE = 0x8180;
  private static final int NO_SUCH_NAME = 3;
  private static final int HEADER = 12;

  private final DatagramSocket socket;
  private final Map<String, List<String>> records = new ConcurrentHashMap<>();

  private TinyDns(DatagramSocket socket) {
    this.socket = socket;
  }

  static TinyDns serving(Map<String, List<String>> records) throws IOException {
    TinyDns dns = new TinyDns(new DatagramSocket(0, InetAddress.getLoopbackAddress()));
    dns.records.putAll(records);
    Thread thread = new Thread(dns::serve, "tiny dns");
    thread.setDaemon(true);
    thread.start();
    return dns;
  }

  int port() {
    return socket.getLocalPort();
  }

  void answer(String name, List<String> addresses) {
    records.put(name, addresses);
  }

  private void serve() {
    byte[] buffer = new byte[512];
    while (!socket.isClosed()) {
      try {
        DatagramPacket query = new DatagramPacket(buffer, buffer.length);
        socket.receive(query);
        byte[] answer = answer(ByteBuffer.wrap(buffer, 0, query.getLength()));
        socket.send(new DatagramPacket(answer, answer.length, query.getSocketAddress()));
      } catch (IOException closed) {
        if (!socket.isClosed()) {
          throw new UncheckedIOException(closed);
        }
      }
    }
  }

  private byte[] answer(ByteBuffer query) throws IOException {
    short id = query.getShort(0);
    query.position(HEADER);
    String name = name(query);
    int type = query.getShort();
    int questionEnd = query.position() + 2;
    byte[] question = new byte[questionEnd - HEADER];
    query.position(HEADER).get(question);

    List<String> known = records.get(name);
    List<String> addresses = type == TYPE_A && known != null ? known : List.of();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeShort(id);
    out.writeShort(known == null ? RESPONSE | NO_SUCH_NAME : RESPONSE);
    out.writeShort(1);
    out.writeShort(addresses.size());
    out.writeInt(0);
    out.write(question);
    for (String address : addresses) {
      out.writeShort(0xC000 | HEADER);
      out.writeShort(TYPE_A);
      out.writeShort(1);
      out.writeInt(0);
      out.writeShort(4);
      out.write(InetAddress.getByName(address).getAddress());
    }
    return bytes.toByteArray();
  }

  private static String name(ByteBuffer query) {
    StringBuilder name = new StringBuilder();
    for (int length = query.get(); length > 0; length = query.get()) {
      byte[] label = new byte[length];
      query.get(label);
      name.append(name.isEmpty() ? "" : ".").append(new String(label));
    }
    return name.toString();
  }

  @Override
  public void close() {
    socket.close();
  }
}
