package dev.mabeam.consensus;

import dev.mabeam.link.Courier;
import io.microraft.RaftEndpoint;
import io.microraft.model.log.SnapshotChunk;
import io.microraft.model.message.InstallSnapshotRequest;
import io.microraft.model.message.RaftMessage;
import io.microraft.transport.Transport;
import io.vertx.core.buffer.Buffer;
import java.util.function.UnaryOperator;

/** Sends what the engine says as frames; what carries an image goes when the image is encoded. */
final class EngineTransport implements Transport {
  private final Courier courier;
  private final Pieces pieces;
  private UnaryOperator<RaftMessage> change = UnaryOperator.identity();

  EngineTransport(Courier courier, Pieces pieces) {
    this.courier = courier;
    this.pieces = pieces;
  }

  /** Sets what makes of a message the one that is sent. */
  void onSend(UnaryOperator<RaftMessage> newChange) {
    change = newChange;
  }

  @Override
  public void send(RaftEndpoint target, RaftMessage message) {
    if (target == null) {
      // The engine answers its leader also when it has just stopped having one.
      return;
    }
    Endpoint to = (Endpoint) target;
    SnapshotChunk chunk =
        message instanceof InstallSnapshotRequest install ? install.getSnapshotChunk() : null;
    if (chunk == null) {
      send(to, LogCodec.encode(change.apply(message), to, null));
    } else {
      LogImage image = (LogImage) chunk.getOperation();
      image.bytes(bytes -> send(to, LogCodec.encode(message, to, bytes)));
    }
  }

  private void send(Endpoint to, Buffer message) {
    pieces.cut(to, message, piece -> courier.send(to.address(), FrameType.LOG, piece));
  }

  @Override
  public boolean isReachable(RaftEndpoint endpoint) {
    return courier.reaches(((Endpoint) endpoint).address());
  }
}
