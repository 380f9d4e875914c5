package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.agent.Verdict.Kind;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SendersTest {
  private static final String NODE = Stamp.ofNode("x");
  private static final String AGENT = Stamp.ofAgent("teller", 7, 0);
  private static final String SESSION = Stamp.ofSession("curl");
  private static final long HOUR = Duration.ofHours(1).toMillis();

  private long now = 10 * HOUR;
  private Senders senders = Senders.fresh("a", 0, 0);

  private Arriving message(String sender, long number, long floor, long age) {
    return new Arriving(new Stamp(sender, number, floor, age), null, now + 5_000);
  }

  private Verdict arrive(String sender, long number, long floor) {
    return senders.arrive(message(sender, number, floor, 0), now);
  }

  private Kind kind(String sender, long number, long floor) {
    return arrive(sender, number, floor).kind();
  }

  private Kind kind(String sender, long number, long floor, long age) {
    return senders.arrive(message(sender, number, floor, age), now).kind();
  }

  private List<Delivery> done(String sender, long number, Object answer) {
    return senders.applied(new Stamp(sender, number, 1, 0), KeptAnswer.of(answer));
  }

  private void handle(String sender, long number, long floor) {
    assertEquals(Kind.RUN, kind(sender, number, floor));
    done(sender, number, "answer " + number);
  }

  private long runnable() {
    Delivery next = senders.runnable();
    return next == null ? 0 : next.stamp().sequence();
  }

  private void restore() {
    Buffer bytes = Buffer.buffer();
    senders.encode(bytes, now);
    senders = Senders.decode("a", bytes, now);
  }

  @Test
  void shouldRunEachOnceAndAnswerCopiesWithWhatWasAnswered() {
    handle(NODE, 1, 1);
    handle(NODE, 2, 1);
    assertEquals("answer 1", arrive(NODE, 1, 1).answer().value());
    assertEquals("answer 2", arrive(NODE, 2, 1).answer().value());
    restore();
    assertEquals("answer 1", arrive(NODE, 1, 1).answer().value());
    assertEquals("answer 2", arrive(NODE, 2, 1).answer().value());
    assertEquals(Kind.RUN, kind(NODE, 3, 1));
  }

  @Test
  void shouldGiveACopyOfWhatRunsTheSameAnswer() {
    assertEquals(Kind.RUN, kind(NODE, 1, 1));
    Arriving copy = message(NODE, 1, 1, 100);
    assertEquals(Verdict.DUPLICATE_RUNNING, senders.arrive(copy, now));
    assertEquals(List.of(copy), done(NODE, 1, "x"));
    assertEquals(List.of(), senders.takeWaiting());
  }

  @Test
  void shouldForgetAnswersBelowTheFloor() {
    handle(NODE, 1, 1);
    handle(NODE, 2, 2);
    assertEquals(Kind.EXPIRED, kind(NODE, 1, 1), "given up, or answered: nobody waits");
    assertEquals(Kind.ANSWERED, kind(NODE, 2, 1), "a floor never falls");
  }

  @Test
  void shouldWaitForWhatIsMissingAndThenGoOnInOrder() {
    handle(NODE, 1, 1);
    assertEquals(Kind.WAIT, kind(NODE, 4, 1));
    assertEquals(Kind.WAIT, kind(NODE, 3, 1));
    assertEquals(Kind.WAIT, kind(NODE, 3, 1), "a copy");
    assertEquals(0, runnable());
    assertEquals(3, senders.waiting());
    assertEquals(Kind.RUN, kind(NODE, 2, 1));
    assertEquals(0, runnable(), "one at a time");
    done(NODE, 2, "x");
    assertEquals(3, runnable());
    assertEquals(0, runnable());
    assertEquals(1, done(NODE, 3, "x").size(), "the copy");
    assertEquals(4, runnable());
    done(NODE, 4, "x");
    assertEquals(0, runnable());
    assertEquals(0, senders.waiting());
  }

  @Test
  void shouldNotWaitForWhatIsGivenUp() {
    handle(NODE, 1, 1);
    assertEquals(Kind.WAIT, kind(NODE, 4, 1));
    senders.settled(NODE, 3, now);
    assertEquals(0, runnable(), "3 is not given up");
    senders.settled(NODE, 4, now);
    assertEquals(4, runnable());
    done(NODE, 4, "x");
    handle(NODE, 9, 9);
    assertEquals(Kind.EXPIRED, kind(NODE, 2, 1));
    assertEquals(Kind.EXPIRED, kind(NODE, 7, 7));
  }

  @Test
  void shouldRunWhatCameBeforeItWasGivenUpBeforeWhatFollows() {
    assertEquals(Kind.WAIT, kind(NODE, 2, 1));
    assertEquals(Kind.WAIT, kind(NODE, 3, 1));
    assertEquals(Kind.WAIT, kind(NODE, 5, 4));
    assertEquals(2, runnable());
    assertEquals(Kind.WAIT, kind(NODE, 6, 6));
    done(NODE, 2, "x");
    assertEquals(3, runnable());
    done(NODE, 3, "x");
    assertEquals(5, runnable());
    done(NODE, 5, "x");
    assertEquals(6, runnable());
    done(NODE, 6, "x");
    assertEquals(Kind.RUN, kind(NODE, 7, 6));
  }

  @Test
  void shouldTellSendersApart() {
    handle(NODE, 1, 1);
    handle(AGENT, 1, 1);
    handle(SESSION, 1, 1);
    for (int i = 0; i < 100; i++) {
      handle(Stamp.ofNode("n" + i), 1, 1);
      handle(Stamp.ofNode("n" + i), 2, 1);
    }
    restore();
    assertEquals(103, senders.size());
    assertEquals(Kind.ANSWERED, kind(NODE, 1, 1));
    assertEquals("answer 2", arrive(Stamp.ofNode("n42"), 2, 1).answer().value());
    assertEquals(Kind.RUN, kind(Stamp.ofNode("n42"), 3, 1));
  }

  @Test
  void shouldKeepEveryKindOfAnswer() {
    List<Object> values =
        List.of(
            new JsonObject().put("a", new JsonArray().add(1)),
            new JsonArray().add("x"),
            "text ü",
            Buffer.buffer("bytes"),
            true,
            7,
            1L << 40,
            0.5);
    for (int i = 0; i < values.size(); i++) {
      arrive(NODE, i + 1, 1);
      done(NODE, i + 1, values.get(i));
    }
    arrive(NODE, 9, 1);
    done(NODE, 9, null);
    arrive(NODE, 10, 1);
    MabeamException failure = new MabeamException(ErrorCode.CONFLICT, "taken", "take another");
    senders.applied(new Stamp(NODE, 10, 1, 0), KeptAnswer.of(failure));
    arrive(NODE, 11, 1);
    senders.applied(new Stamp(NODE, 11, 1, 0), KeptAnswer.NONE);
    restore();
    for (int i = 0; i < values.size(); i++) {
      assertEquals(values.get(i), arrive(NODE, i + 1, 1).answer().value());
    }
    assertNull(arrive(NODE, 9, 1).answer().value());
    MabeamException kept = arrive(NODE, 10, 1).answer().failure();
    assertEquals(ErrorCode.CONFLICT, kept.code());
    assertEquals("taken", kept.getMessage());
    assertEquals("take another", kept.hint());
    assertSame(KeptAnswer.NONE, arrive(NODE, 11, 1).answer());
  }

  @Test
  void shouldNotShareAKeptAnswerWithAnyone() {
    JsonObject value = new JsonObject().put("x", 1);
    Buffer bytes = Buffer.buffer("abc");
    arrive(NODE, 1, 1);
    done(NODE, 1, value);
    arrive(NODE, 2, 1);
    done(NODE, 2, bytes);
    value.put("x", 2);
    bytes.setByte(0, (byte) 'z');
    ((JsonObject) arrive(NODE, 1, 1).answer().value()).put("x", 3);
    assertEquals(new JsonObject().put("x", 1), arrive(NODE, 1, 1).answer().value());
    assertEquals(Buffer.buffer("abc"), arrive(NODE, 2, 1).answer().value());
  }

  @Test
  void shouldForgetASessionAfterAnHourAndNeverRunItsOldMessages() {
    handle(NODE, 1, 1);
    handle(NODE, 2, 2);
    now += HOUR - 1;
    senders.expire(now);
    assertEquals(1, senders.size());
    now++;
    senders.expire(now);
    assertEquals(0, senders.size());
    assertEquals(Kind.EXPIRED, kind(NODE, 2, 2, HOUR), "handled before");
    assertEquals(Kind.EXPIRED, kind(NODE, 3, 3, HOUR / 2 + 1));
    handle(NODE, 3, 3);
    assertEquals(Kind.EXPIRED, kind(NODE, 4, 3, HOUR / 2 + 1), "known again, and still too old");
  }

  @Test
  void shouldCountAnHourThroughARecovery() {
    handle(NODE, 1, 1);
    now += HOUR / 2;
    Buffer bytes = Buffer.buffer();
    senders.encode(bytes, now);
    now = 5;
    senders = Senders.decode("a", bytes, now);
    now += HOUR / 2 - 1;
    senders.expire(now);
    assertEquals(1, senders.size());
    now++;
    senders.expire(now);
    assertEquals(0, senders.size());
  }

  @Test
  void shouldNotKnowWhatAClientSentBeforeItsSessionWasForgotten() {
    handle(SESSION, 1, 1);
    assertEquals(Kind.RUN, kind(SESSION, 2, 2, Stamp.UNKNOWN));
    done(SESSION, 2, "x");
    now += HOUR;
    senders.expire(now);
    assertEquals(Kind.EXPIRED, kind(SESSION, 2, 2, Stamp.UNKNOWN));
    assertEquals(Kind.EXPIRED, kind(SESSION, 3, 2, Stamp.UNKNOWN));
    assertEquals(Kind.RUN, kind(Stamp.ofSession("new"), 1, 1, Stamp.UNKNOWN));
  }

  @Test
  void shouldNotRunWhatWasSentBeforeItsMemoryBegan() {
    senders = Senders.fresh("a", now, 0);
    now += 300;
    assertEquals(Kind.EXPIRED, kind(NODE, 7, 5, 301));
    assertEquals(0, senders.size());
    assertEquals(Kind.RUN, kind(NODE, 5, 5, 299));
    done(NODE, 5, "x");
    restore();
    assertEquals(Kind.RUN, kind(Stamp.ofNode("other"), 5, 5, 301), "a memory that was kept");
  }

  @Test
  void shouldNotRunWhatAKnownSenderSentBeforeItsMemoryBegan() {
    senders = Senders.fresh("a", now, 0);
    now += 300;
    handle(NODE, 5, 5);
    assertEquals(Kind.EXPIRED, kind(NODE, 6, 5, 301), "another activation may have handled it");
    assertEquals(Kind.RUN, kind(NODE, 6, 5, 299));
  }

  private Kind kindKnowing(String sender, long number, long knew) {
    return senders.arrive(message(sender, number, 1, 0).knowing(knew), now).kind();
  }

  /** A copy that was under way, or waited, is not older for that; another may have been handled. */
  @Test
  void shouldNotRunWhatWasFirstSentWhenItsMemoryHadNotBegun() {
    senders = Senders.fresh("a", now, 7);
    assertEquals(Kind.EXPIRED, kindKnowing(SESSION, 1, 6));
    assertEquals(0, senders.size());
    assertEquals(Kind.RUN, kindKnowing(SESSION, 1, 7));
    done(SESSION, 1, "x");
    assertEquals(Kind.EXPIRED, kindKnowing(SESSION, 2, 6), "also of who is known");
    assertEquals(Kind.ANSWERED, kindKnowing(SESSION, 1, 6), "but this it remembers");
    assertEquals(Kind.RUN, kindKnowing(AGENT, 1, 6), "which tells until it is heard");
  }

  @Test
  void shouldTakeAlongSinceWhenItRemembers() {
    senders = Senders.fresh("a", now, 7);
    assertEquals(Kind.RUN, kindKnowing(SESSION, 1, 7));
    done(SESSION, 1, "x");
    Buffer bytes = Buffer.buffer();
    senders.encode(bytes, now);
    senders.encodeSince(bytes);
    senders = Senders.decode("a", bytes, now);
    assertEquals(Kind.EXPIRED, kindKnowing(NODE, 1, 6));
    assertEquals(Kind.RUN, kindKnowing(NODE, 1, 8));
    done(NODE, 1, "x");
    restore();
    assertEquals(Kind.RUN, kindKnowing(NODE, 2, 0), "of which nobody said since when");
  }

  @Test
  void shouldRememberADurableAgentUntilNothingOfItIsOpen() {
    handle(AGENT, 1, 1);
    now += 30 * HOUR;
    senders.expire(now);
    assertEquals(Kind.ANSWERED, kind(AGENT, 1, 1, Stamp.UNKNOWN), "after a long outage");
    handle(AGENT, 2, 2);
    assertEquals(Kind.ANSWERED, kind(AGENT, 1, 1), "its floor was lower when it was written");
    senders.settled(AGENT, 3, now);
    now += HOUR;
    senders.expire(now);
    assertEquals(0, senders.size());
    assertEquals(Kind.RUN, kind(AGENT, 3, 3, Stamp.UNKNOWN));
  }

  @Test
  void shouldDropAnswersThatNobodyCanAskForAnyMore() {
    handle(NODE, 1, 1);
    now += HOUR / 2;
    senders.expire(now);
    assertEquals(Kind.EXPIRED, kind(NODE, 1, 1), "never a second time");
    restore();
    assertEquals(Kind.EXPIRED, kind(NODE, 1, 1));
    assertEquals(Kind.RUN, kind(NODE, 2, 1));
  }

  @Test
  void shouldRefuseWhatItHasNoRoomToRemember() {
    senders = Senders.fresh("a", now, 0, new Senders.Limits(2, 3, 4, 100));
    for (int i = 1; i <= 4; i++) {
      handle(NODE, i, 1);
    }
    assertEquals(Kind.OVERLOADED, kind(NODE, 5, 1));
    assertEquals(Kind.RUN, kind(NODE, 5, 2));
    done(NODE, 5, "x".repeat(200));
    assertEquals(Kind.OVERLOADED, kind(NODE, 6, 5));
    assertEquals(Kind.RUN, kind(NODE, 6, 6));
    done(NODE, 6, null);
    assertEquals(Kind.WAIT, kind(SESSION, 2, 1));
    assertEquals(Kind.WAIT, kind(SESSION, 3, 1));
    assertEquals(Kind.WAIT, kind(SESSION, 3, 1));
    assertEquals(Kind.OVERLOADED, kind(SESSION, 4, 1));
    assertEquals(Kind.OVERLOADED, kind(AGENT, 1, 1), "a third sender");
    assertEquals(Kind.RUN, kind(SESSION, 1, 1), "what others wait for");
  }

  @Test
  void shouldGiveUpThoseThatWaitInVain() {
    Arriving waits = message(NODE, 2, 1, 0);
    assertEquals(Verdict.WAIT, senders.arrive(waits, now));
    now += 4_999;
    senders.expire(now);
    assertNull(waits.failure);
    now++;
    senders.expire(now);
    assertEquals(ErrorCode.TIMEOUT, waits.failure.code());
    assertEquals(0, senders.waiting());
    handle(NODE, 1, 1);
    handle(NODE, 2, 1);
  }

  @Test
  void shouldHandOverThoseThatWait() {
    arrive(NODE, 3, 1);
    arrive(NODE, 2, 1);
    arrive(AGENT, 2, 1);
    List<Long> taken =
        senders.takeWaiting().stream().map(message -> message.stamp().sequence()).toList();
    assertEquals(List.of(2L, 3L, 2L), taken);
    assertEquals(0, senders.waiting());
    assertEquals(0, runnable());
  }

  @Test
  void shouldRefuseAnAnswerToWhatDoesNotRun() {
    handle(NODE, 1, 1);
    assertThrows(IllegalStateException.class, () -> done(NODE, 1, "again"));
    assertThrows(IllegalStateException.class, () -> done(AGENT, 1, "who"));
  }

  /** Whatever the bytes, it is read or refused as INVALID, and soon. */
  @Test
  void shouldRefuseBytesThatItCannotRead() {
    for (int i = 1; i <= 5; i++) {
      handle(NODE, i, 1);
      handle(AGENT, i, i);
    }
    Buffer written = Buffer.buffer();
    senders.encode(written, now);
    Random random = new Random(1);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      Buffer bytes = written.getBuffer(0, written.length() - random.nextInt(3));
      for (int flips = random.nextInt(4); flips > 0; flips--) {
        bytes.setByte(random.nextInt(bytes.length()), (byte) random.nextInt());
      }
      try {
        Senders.decode("a", bytes, now);
      } catch (MabeamException invalid) {
        assertEquals(ErrorCode.INVALID, invalid.code());
        refused++;
      }
    }
    assertTrue(refused > 10_000, refused + " refused");
    assertThrows(
        MabeamException.class,
        () -> Senders.decode("a", written.copy().setByte(0, (byte) 2), now));
  }

  @Test
  void shouldPassOverFieldsOfASenderThatItDoesNotKnow() {
    handle(NODE, 1, 1);
    Buffer bytes = Buffer.buffer();
    senders.encode(bytes, now);
    bytes.setInt(5, bytes.getInt(5) + 3).appendBytes(new byte[3]);
    senders = Senders.decode("a", bytes, now);
    assertEquals("answer 1", arrive(NODE, 1, 1).answer().value());
  }

  @Test
  void shouldTakeFewBytesForASenderWhoseAnswersAreSettled() {
    for (int i = 1; i <= 10_000; i++) {
      handle(NODE, i, Math.max(1, i - 500));
    }
    senders.settled(NODE, 10_001, now);
    Buffer bytes = Buffer.buffer();
    senders.encode(bytes, now);
    assertTrue(bytes.length() < 40, bytes.length() + " bytes");
    assertFalse(bytes.length() == 0);
  }
}
