package dev.mabeam.bench;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;

/**
 * The same closed loop over a {@link SocketEcho}, with frames of a fixed size and blocking calls.
 * Either each frame is written by itself, or as many as came back go out in one write, which is as
 * fast as a socket gets.
 */
final class SocketFlood {
  private final Latencies latencies = new Latencies();
  private final int frame;
  private final boolean batched;
  private final byte[] buffer;
  private final long[] sent;
  private long written;
  private long read;

  private SocketFlood(int outstanding, int frame, boolean batched) {
    this.frame = frame;
    this.batched = batched;
    this.buffer = new byte[outstanding * frame];
    this.sent = new long[outstanding];
  }

  static Measured run(int port, int outstanding, int frame, boolean batched, Duration length)
      throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      return new SocketFlood(outstanding, frame, batched)
          .run(socket.getInputStream(), socket.getOutputStream(), length.toNanos());
    }
  }

  private Measured run(InputStream in, OutputStream out, long nanos) throws IOException {
    long end = System.nanoTime() + nanos;
    write(out, sent.length);
    long bytes = 0;
    while (read < written) {
      int more = in.read(buffer);
      if (more < 0) {
        throw new EOFException("the other end is gone");
      }
      bytes += more;
      long now = System.nanoTime();
      int back = (int) (bytes / frame - read);
      for (int i = 0; i < back; i++) {
        if (now - end <= 0) {
          latencies.record(now - sent[(int) (read % sent.length)]);
        }
        read++;
      }
      if (now - end < 0) {
        write(out, back);
      }
    }
    return Measured.of(latencies, nanos, 0, "");
  }

  private void write(OutputStream out, int frames) throws IOException {
    for (int i = 0; i < frames; i++) {
      sent[(int) (written % sent.length)] = System.nanoTime();
      written++;
      if (!batched) {
        out.write(buffer, 0, frame);
      }
    }
    if (batched) {
      out.write(buffer, 0, frames * frame);
    }
  }
}
