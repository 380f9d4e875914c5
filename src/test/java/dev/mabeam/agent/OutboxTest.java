package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.agent.Outbox.Letter;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OutboxTest {
  private Outbox outbox = Outbox.fresh("a", 7, 0);

  private Letter send(String target, Object body) {
    outbox.add(target, body);
    List<Letter> released = outbox.release(outbox.unsent());
    return released.get(released.size() - 1);
  }

  private void restore() {
    Buffer bytes = Buffer.buffer();
    outbox.encode(bytes);
    outbox = Outbox.decode("a", 7, 0, bytes);
  }

  private static List<Object> bodies(List<Letter> letters) {
    return letters.stream().map(letter -> Body.decoded(letter.encoded())).toList();
  }

  @Test
  void shouldLetGoInOrderWhatIsWritten() {
    outbox.add("b", 1);
    outbox.add("c", 2);
    int covered = outbox.unsent();
    outbox.add("b", 3);
    assertEquals(List.of(1, 2), bodies(outbox.release(covered)));
    assertEquals(List.of(3), bodies(outbox.release(1)));
    assertEquals(3, outbox.size());
  }

  @Test
  void shouldNumberEachTargetAndStateItsFloor() {
    Letter first = send("b", 1);
    Letter second = send("b", 2);
    Letter other = send("c", 3);
    assertEquals(new Stamp("a:a@7", 1, 1, Stamp.UNKNOWN), outbox.stamp(first));
    assertEquals(new Stamp("a:a@7", 2, 1, Stamp.UNKNOWN), outbox.stamp(second));
    assertEquals(1, outbox.stamp(other).sequence());
    outbox.acknowledged(first);
    assertEquals(2, outbox.stamp(second).floor());
    outbox.acknowledged(first);
    assertEquals(2, outbox.size());
  }

  @Test
  void shouldSendAgainUnderTheSameNumberAfterARecovery() {
    Letter first = send("b", new JsonObject().put("x", 1));
    send("b", "second");
    Letter third = send("b", "third");
    outbox.acknowledged(first);
    outbox.acknowledged(third);
    outbox.add("b", "not written");
    Buffer before = Buffer.buffer();
    outbox.encode(before);
    outbox.release(1);
    outbox = Outbox.decode("a", 7, 0, before);
    List<Letter> due = outbox.due(0);
    assertEquals(List.of("second", "not written"), bodies(due));
    assertEquals(new Stamp("a:a@7", 2, 2, Stamp.UNKNOWN), outbox.stamp(due.get(0)));
    assertEquals(new Stamp("a:a@7", 4, 2, Stamp.UNKNOWN), outbox.stamp(due.get(1)));
    assertEquals(5, outbox.stamp(send("b", "next")).sequence());
  }

  @Test
  void shouldNeverUseANumberAgainForATargetThatItForgot() {
    outbox.acknowledged(send("b", 1));
    outbox.acknowledged(send("b", 2));
    restore();
    assertTrue(outbox.isEmpty());
    Stamp next = outbox.stamp(send("b", 3));
    assertEquals(3, next.sequence());
    assertEquals(3, next.floor());
  }

  @Test
  void shouldSendAgainWithGrowingPauses() {
    Letter letter = send("b", 1);
    assertEquals(List.of(), outbox.due(1_000_000), "it is under way");
    long now = 0;
    long[] pauses = {500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000};
    for (long pause : pauses) {
      outbox.unanswered(letter, now);
      assertEquals(List.of(), outbox.due(now + pause - 1));
      now += pause;
      assertEquals(List.of(letter), outbox.due(now));
    }
    outbox.acknowledged(letter);
    assertEquals(List.of(), outbox.due(now + 100_000));
  }

  @Test
  void shouldNotSendWhatIsNotWrittenEvenIfItIsOld() {
    outbox.add("b", 1);
    assertEquals(List.of(), outbox.due(1_000_000));
  }

  @Test
  void shouldKeepWhatWasSaidWhateverBecomesOfTheBody() {
    JsonObject body = new JsonObject().put("x", 1);
    Buffer bytes = Buffer.buffer("abc");
    outbox.add("b", body);
    outbox.add("b", bytes);
    body.put("x", 2);
    bytes.setByte(0, (byte) 'z');
    assertEquals(
        List.of(new JsonObject().put("x", 1), Buffer.buffer("abc")), bodies(outbox.release(2)));
  }

  @Test
  void shouldRefuseWhatIsTooMuchOrCannotTravel() {
    outbox = Outbox.fresh("a", 7, 0, new Outbox.Limits(2, 100));
    outbox.add("b", 1);
    outbox.add("b", 2);
    MabeamException full = assertThrows(MabeamException.class, () -> outbox.add("b", 3));
    assertEquals(ErrorCode.OVERLOADED, full.code());
    MabeamException odd = assertThrows(MabeamException.class, () -> outbox.add("b", this));
    assertEquals(ErrorCode.INVALID, odd.code());
    assertEquals(2, outbox.size());
    outbox.release(2).forEach(outbox::acknowledged);
    outbox.add("b", "x".repeat(200));
    assertThrows(MabeamException.class, () -> outbox.add("c", 3));
  }

  @Test
  void shouldRefuseBytesThatItCannotRead() {
    for (int i = 0; i < 5; i++) {
      send("b" + i % 2, "text " + i);
    }
    Buffer written = Buffer.buffer();
    outbox.encode(written);
    Random random = new Random(1);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      Buffer bytes = written.getBuffer(0, written.length() - random.nextInt(3));
      for (int flips = random.nextInt(4); flips > 0; flips--) {
        bytes.setByte(random.nextInt(bytes.length()), (byte) random.nextInt());
      }
      try {
        Outbox.decode("a", 7, 0, bytes);
      } catch (MabeamException invalid) {
        assertEquals(ErrorCode.INVALID, invalid.code());
        refused++;
      }
    }
    assertTrue(refused > 5_000, refused + " refused");
  }

  /** Its receiver knows numbers that are free again for who has lost them. */
  @Test
  void shouldBeHeardAfterItHasLostWhatItTold() {
    Senders receiver = Senders.fresh("b", 0, 0);
    Buffer left = Buffer.buffer();
    outbox.add("b", "1");
    outbox.encode(left);
    outbox.add("b", "2");
    outbox.add("b", "3");
    List<Letter> lost = outbox.release(3);
    lost.forEach(letter -> assertEquals(Verdict.Kind.RUN, heard(receiver, letter)));

    outbox = Outbox.decode("a", 7, 40, left);
    outbox.add("b", "another 2");
    keepAndRestore(40);
    List<Letter> due = outbox.due(0);
    assertEquals(2, due.size());
    assertEquals(new Stamp("a:a@7", 1, 1, Stamp.UNKNOWN), outbox.stamp(due.get(0)));
    assertEquals(Verdict.Kind.ANSWERED, heard(receiver, due.get(0)), "it was not lost");
    assertEquals("a:a@7.40", outbox.stamp(due.get(1)).sender());
    assertEquals(Verdict.Kind.RUN, heard(receiver, due.get(1)));
    due.forEach(outbox::acknowledged);
    assertTrue(outbox.isEmpty());
    outbox.add("b", "3");
    assertEquals(Verdict.Kind.RUN, heard(receiver, outbox.release(1).get(0)));
    keepAndRestore(50);
    outbox.add("b", "lost twice");
    assertEquals("a:a@7.50", outbox.stamp(outbox.release(1).get(0)).sender());
  }

  private Verdict.Kind heard(Senders receiver, Letter letter) {
    Stamp stamp = outbox.stamp(letter);
    Verdict.Kind kind = receiver.arrive(new Arriving(stamp, null, 5_000), 0).kind();
    if (kind == Verdict.Kind.RUN) {
      receiver.applied(stamp, KeptAnswer.NONE);
    }
    return kind;
  }

  private void keepAndRestore(long lostAt) {
    Buffer bytes = Buffer.buffer();
    outbox.encode(bytes);
    outbox = Outbox.decode("a", 7, lostAt, bytes);
  }
}
