package dev.mabeam.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FrameCodecTest {
  private final FrameCodec codec = new FrameCodec();
  private final List<Frame> frames = new ArrayList<>();

  @Test
  void shouldReadBackWhatItWrote() {
    codec.decode(FrameCodec.encode(Frame.of(Frame.HELLO, new JsonObject().put("a", 1))), frames::add);
    codec.decode(FrameCodec.encode(Frame.of(Frame.HEARTBEAT, -7L)), frames::add);
    codec.decode(FrameCodec.encode(new Frame(Frame.GOODBYE, Buffer.buffer())), frames::add);
    assertEquals(3, frames.size());
    assertEquals(1, frames.get(0).json().getInteger("a"));
    assertEquals(-7L, frames.get(1).number());
    assertEquals(Frame.GOODBYE, frames.get(2).type());
  }

  @Test
  void shouldPutTornFramesTogetherWhereverTheyAreTorn() {
    SplittableRandom random = new SplittableRandom(1);
    Buffer all = Buffer.buffer();
    for (int i = 0; i < 200; i++) {
      byte[] payload = new byte[random.nextInt(300)];
      random.nextBytes(payload);
      payload = payload.length == 0 ? new byte[] {0} : payload;
      all.appendBuffer(FrameCodec.encode(new Frame((byte) i, Buffer.buffer(payload))));
    }
    int at = 0;
    while (at < all.length()) {
      int next = Math.min(all.length(), at + 1 + random.nextInt(random.nextBoolean() ? 3 : 700));
      codec.decode(all.getBuffer(at, next), frames::add);
      at = next;
    }
    assertEquals(200, frames.size());
    Buffer again = Buffer.buffer();
    frames.forEach(frame -> again.appendBuffer(FrameCodec.encode(frame)));
    assertArrayEquals(all.getBytes(), again.getBytes());
  }

  /** Longer than what is kept for a frame at once, and in the pieces that a socket hands out. */
  @Test
  void shouldPutLongFramesTogether() {
    SplittableRandom random = new SplittableRandom(2);
    byte[] payload = new byte[3_000_000];
    random.nextBytes(payload);
    Buffer small = FrameCodec.encode(Frame.of(Frame.HEARTBEAT, 5L));
    Buffer all =
        Buffer.buffer()
            .appendBuffer(small)
            .appendBuffer(FrameCodec.encode(new Frame((byte) 50, Buffer.buffer(payload))))
            .appendBuffer(small);
    for (int at = 0; at < all.length(); at += 65_536) {
      codec.decode(all.getBuffer(at, Math.min(all.length(), at + 65_536)), frames::add);
    }
    assertEquals(3, frames.size());
    assertArrayEquals(payload, frames.get(1).payload().getBytes());
    assertEquals(5L, frames.get(2).number());
  }

  @Test
  void shouldRefuseEverySingleFlippedBitOfTypeChecksumAndPayload() {
    byte[] good = FrameCodec.encode(Frame.of(Frame.HEARTBEAT, 42L)).getBytes();
    for (int bit = 4 * 8; bit < good.length * 8; bit++) {
      byte[] bad = good.clone();
      bad[bit / 8] ^= (byte) (1 << bit % 8);
      assertThrows(
          FrameCodec.MalformedFrameException.class,
          () -> new FrameCodec().decode(Buffer.buffer(bad), frames::add));
    }
    assertTrue(frames.isEmpty());
  }

  @Test
  void shouldRefuseALengthThatNoFrameHasBeforeKeepingAnything() {
    for (int length : new int[] {-1, Integer.MIN_VALUE, FrameCodec.MAX_PAYLOAD + 1}) {
      Buffer header = Buffer.buffer().appendInt(length).appendBytes(new byte[5]);
      assertThrows(
          FrameCodec.MalformedFrameException.class,
          () -> new FrameCodec().decode(header, frames::add));
    }
  }

  @Test
  void shouldNotWriteWhatNobodyWouldRead() {
    Frame tooLong = new Frame(Frame.ASK, Buffer.buffer(new byte[FrameCodec.MAX_PAYLOAD + 1]));
    assertThrows(IllegalArgumentException.class, () -> FrameCodec.encode(tooLong));
  }

  @Test
  void shouldTakeAPayloadThatIsNoJsonForNothingSaid() {
    assertTrue(new Frame(Frame.ASK, Buffer.buffer("{")).json().isEmpty());
    assertTrue(new Frame(Frame.ASK, Buffer.buffer("[1]")).json().isEmpty());
    assertEquals(0, new Frame(Frame.ECHO, Buffer.buffer("abc")).number());
  }
}
