package dev.mabeam.consensus;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What the entries up to an index came to. It is encoded when somebody first asks for its bytes, on
 * the encoder's thread; everything else happens on the log's.
 */
final class LogImage {
  private static final System.Logger LOG = System.getLogger(LogImage.class.getName());

  private final Executor encoder;
  private final Executor logThread;
  private final List<Consumer<Buffer>> waiting = new ArrayList<>();
  private Supplier<Buffer> source;
  private Buffer bytes;

  LogImage(Supplier<Buffer> source, Executor encoder, Executor logThread) {
    this.source = source;
    this.encoder = encoder;
    this.logThread = logThread;
  }

  /** One that came from elsewhere. */
  LogImage(Buffer bytes) {
    this.bytes = bytes;
    this.encoder = Runnable::run;
    this.logThread = Runnable::run;
  }

  /** The bytes, or null if nobody has had them encoded yet. */
  Buffer encoded() {
    return bytes;
  }

  /** Whether somebody asked for the bytes and they are not there yet. */
  boolean isBeingEncoded() {
    return source == null && bytes == null;
  }

  /** Calls back now if it is encoded already; never if encoding fails. */
  void bytes(Consumer<Buffer> consumer) {
    if (bytes != null) {
      consumer.accept(bytes);
      return;
    }
    waiting.add(consumer);
    if (source != null) {
      Supplier<Buffer> encode = source;
      source = null;
      encoder.execute(() -> encode(encode));
    }
  }

  private void encode(Supplier<Buffer> encode) {
    try {
      Buffer encoded = encode.get();
      logThread.execute(() -> done(encoded));
    } catch (RuntimeException defect) {
      LOG.log(System.Logger.Level.ERROR, "could not encode an image of the log", defect);
    }
  }

  private void done(Buffer encoded) {
    bytes = encoded;
    List<Consumer<Buffer>> all = List.copyOf(waiting);
    waiting.clear();
    all.forEach(consumer -> consumer.accept(encoded));
  }
}
