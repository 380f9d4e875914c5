package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mabeam.agent.Frames.Origin;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FramesTest {
  private static final Origin N1 = new Origin("n1#1", 3);

  private static Buffer batch() {
    Buffer batch = Frames.batch(N1);
    Object body = Body.encoded(new JsonObject().put("x", 1));
    Frames.message(batch, Frames.ASK, 7, Origin.BATCH, "a", 250, body);
    Frames.answer(batch, 8, 1_000_000, 5, "text");
    Frames.failure(
        batch, 9, Frames.ALWAYS, 0, new MabeamException(ErrorCode.OVERLOADED, "full", "wait"));
    Frames.moved(batch, "a", "n2#2", 6);
    Frames.confirm(batch, 10, "a", 6);
    Frames.confirmed(batch, 11, 2_000_000);
    return batch;
  }

  private static void assertSameAsWritten(Frames.Reader read) {
    assertEquals(N1, read.from());
    assertEquals(Frames.ASK, read.next());
    assertEquals(7, read.number());
    assertEquals(Origin.BATCH, read.origin());
    assertEquals("a", read.text());
    assertEquals(250, read.millis());
    assertEquals(new JsonObject().put("x", 1), read.body().read());
    assertEquals(Frames.ANSWER, read.next());
    assertEquals(8, read.number());
    assertEquals(1_000_000, read.number());
    assertEquals(5, read.number());
    assertEquals("text", read.body().read());
    assertEquals(Frames.FAILURE, read.next());
    assertEquals(9, read.number());
    assertEquals(Frames.ALWAYS, read.number());
    assertEquals(0, read.number());
    MabeamException failure = read.failure();
    assertEquals(ErrorCode.OVERLOADED, failure.code());
    assertEquals("full", failure.getMessage());
    assertEquals("wait", failure.hint());
    assertEquals(Frames.MOVED, read.next());
    assertEquals("a", read.text());
    assertEquals("n2#2", read.text());
    assertEquals(6, read.number());
    assertEquals(Frames.CONFIRM, read.next());
    assertEquals(10, read.number());
    assertEquals("a", read.text());
    assertEquals(6, read.number());
    assertEquals(Frames.CONFIRMED, read.next());
    assertEquals(11, read.number());
    assertEquals(2_000_000, read.number());
    assertEquals(0, read.next());
  }

  @Test
  void shouldReadWhatItWrote() {
    assertSameAsWritten(new Frames.Reader(batch()));
  }

  /** The bytes of version 1: nodes of two versions talk to each other. */
  @Test
  void shouldKeepItsBytes() {
    Buffer batch = Frames.batch(N1);
    Frames.message(batch, Frames.TELL, 1, new Origin("n2#2", 1), "a", 2, true);
    StringBuilder hex = new StringBuilder();
    for (byte each : batch.getBytes()) {
      hex.append("%02x".formatted(each));
    }
    assertEquals(
        "01" + "0004" + "6e312331" + "03"
            + "00000018" + "02" + "0000000000000001" + "0004" + "6e322332" + "01"
            + "0001" + "61" + "00000002" + "06",
        hex.toString());
  }

  @Test
  void shouldSayWhichMessageOfWhomItIs() {
    Buffer batch = Frames.batch(N1, "n:x.0");
    Object body = Body.encoded(new JsonObject().put("x", 1));
    Stamp own = new Stamp("n:x.0", 5, 3, 0, 41);
    Stamp other = new Stamp("s:curl", 1, 1, Stamp.UNKNOWN);
    Origin passed = new Origin("n2#2", 1);
    Frames.message(batch, "n:x.0", new Frames.Head(true, 7, Origin.BATCH, "a", 250, own), body);
    Frames.message(batch, "n:x.0", new Frames.Head(false, 8, passed, "b", 1, other), body);
    Frames.settled(batch, "n:x.0", "a", own);
    Frames.settled(batch, "n:x.0", "a", other);
    Frames.taken(batch, 9);
    Frames.Reader read = new Frames.Reader(batch);
    assertEquals(Frames.NUMBERED_ASK, read.next());
    assertEquals(7, read.number());
    assertEquals(Origin.BATCH, read.origin());
    assertEquals("a", read.text());
    assertEquals(250, read.millis());
    assertEquals(own, read.stamp());
    assertEquals(new JsonObject().put("x", 1), read.body().read());
    assertEquals(Frames.NUMBERED_TELL, read.next());
    assertEquals(8, read.number());
    assertEquals(passed, read.origin());
    assertEquals("b", read.text());
    assertEquals(1, read.millis());
    assertEquals(other, read.stamp());
    assertEquals(new JsonObject().put("x", 1), read.body().read());
    for (Stamp stamp : new Stamp[] {own, other}) {
      assertEquals(Frames.SETTLED, read.next());
      assertEquals("a", read.text());
      assertEquals(stamp.sender(), read.sender());
      assertEquals(stamp.floor(), read.number());
    }
    assertEquals(Frames.TAKEN, read.next());
    assertEquals(9, read.number());
    assertEquals(0, read.next());
  }

  @Test
  void shouldPassOverKindsThatItDoesNotKnow() {
    Buffer batch = Frames.batch(N1);
    batch.appendInt(4).appendByte((byte) 99).appendBytes(new byte[3]);
    Frames.confirmed(batch, 11, 1);
    Frames.Reader read = new Frames.Reader(batch);
    assertEquals(99, read.next());
    assertEquals(Frames.CONFIRMED, read.next());
    assertEquals(11, read.number());
  }

  @Test
  void shouldPassOverFieldsThatItDoesNotKnow() {
    Buffer batch = Frames.batch(N1);
    batch.appendInt(1 + 16 + 5).appendByte(Frames.CONFIRMED).appendLong(1).appendLong(2);
    batch.appendBytes(new byte[5]);
    Frames.moved(batch, "a", "n2#2", 6);
    Frames.Reader read = new Frames.Reader(batch);
    assertEquals(Frames.CONFIRMED, read.next());
    assertEquals(Frames.MOVED, read.next());
  }

  @Test
  void shouldTakeACodeThatItDoesNotKnowForADefect() {
    Buffer batch = Frames.batch(N1);
    Frames.failure(batch, 9, 0, 0, new MabeamException(ErrorCode.NOT_FOUND, "m", "h"));
    String name = "NOT_FOUND";
    int at = batch.toString("ISO-8859-1").indexOf(name);
    batch.setString(at, "NEW_THING");
    Frames.Reader read = new Frames.Reader(batch);
    read.next();
    read.number();
    read.number();
    read.number();
    assertEquals(ErrorCode.INTERNAL, read.failure().code());
  }

  @Test
  void shouldCutWhatIsTooLongForAMessage() {
    Buffer batch = Frames.batch(N1);
    Frames.failure(
        batch, 9, 0, 0, new MabeamException(ErrorCode.INTERNAL, "x".repeat(100_000), "h"));
    Frames.Reader read = new Frames.Reader(batch);
    read.next();
    read.number();
    read.number();
    read.number();
    assertEquals(65_535, read.failure().getMessage().length());
  }

  @Test
  void shouldRefuseAnotherVersion() {
    assertThrows(
        MabeamException.class, () -> new Frames.Reader(batch().setByte(0, (byte) 2)));
    assertThrows(MabeamException.class, () -> new Frames.Reader(Buffer.buffer()));
  }

  /** Whatever the bytes, it ends: by the end of them, or by one of two exceptions. */
  @Test
  void shouldEndWithAnyBytes() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      Buffer bytes = batch();
      for (int flips = random.nextInt(5); flips >= 0; flips--) {
        bytes.setByte(random.nextInt(bytes.length()), (byte) random.nextInt());
      }
      try {
        Frames.Reader read = new Frames.Reader(bytes.getBuffer(0, random.nextInt(bytes.length())));
        for (byte kind = read.next(); kind != 0; kind = read.next()) {
          if (kind == Frames.FAILURE) {
            read.number();
            read.failure();
          }
          read.body().read();
        }
      } catch (MabeamException | IndexOutOfBoundsException expected) {
        // what a receiver logs
      }
    }
  }
}
