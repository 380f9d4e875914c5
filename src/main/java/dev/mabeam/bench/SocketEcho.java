package dev.mabeam.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** The floor under everything: a plain socket on loopback that writes back what it reads. */
final class SocketEcho implements AutoCloseable {
  private final ServerSocket server;

  SocketEcho() throws IOException {
    server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
    daemon("bench-accept", this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        socket.setTcpNoDelay(true);
        daemon("bench-echo", () -> echo(socket));
      }
    } catch (IOException closed) {
      // The end.
    }
  }

  private static void echo(Socket socket) {
    byte[] bytes = new byte[1 << 16];
    try (socket;
        InputStream in = socket.getInputStream();
        OutputStream out = socket.getOutputStream()) {
      for (int read = in.read(bytes); read >= 0; read = in.read(bytes)) {
        out.write(bytes, 0, read);
      }
    } catch (IOException gone) {
      // So is whoever measured.
    }
  }

  private static void daemon(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
