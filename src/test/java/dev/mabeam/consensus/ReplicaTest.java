package dev.mabeam.consensus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.consensus.Registers.Verb;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.Member;
import dev.mabeam.link.Unpacker;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplicaTest {
  private static final LinkAddress ADDRESS = new LinkAddress("10.0.0.1", 7802);

  /** Writes down what it hears. */
  private static final class Heard implements Replica.Listener {
    final List<String> all = new ArrayList<>();

    private static String text(Answer answer) {
      return answer.refusal() == null
          ? "" + new Unpacker(answer.value()).number()
          : answer.refusal().code().name();
    }

    @Override
    public void outcome(long session, long request, Answer answer) {
      all.add(request + " = " + text(answer));
    }

    @Override
    public void notExecuted(
        long session, long request, boolean sessionGone, MabeamException why) {
      all.add(request + " not executed: " + (sessionGone ? "no session" : why.code()));
    }

    @Override
    public void outcome(long nonce, Answer answer) {}

    @Override
    public void applied(long index, Buffer entry) {}

    @Override
    public void restored(long index) {}

    @Override
    public void membersChanged(MemberTable members) {}

    @Override
    public void failed(Throwable cause) {
      all.add("failed");
    }
  }

  private final Heard heard = new Heard();
  private final Registers registers = new Registers("a", new Ledger());
  private final Replica replica = new Replica(List.of(registers), Rules.ALL, heard);
  private long ids;

  private static Member applicant(String name, String bootId) {
    return new Member(name, 0, ADDRESS, ADDRESS, ADDRESS, bootId);
  }

  private void apply(Command... commands) {
    Buffer entry = Entry.encode(List.of(commands).stream().map(Command::encode).toList());
    assertTrue(replica.offer(replica.index() + 1, entry));
  }

  private static Command admit(String name, String bootId) {
    return new Command.OfMembers(1, MemberTable.admit(applicant(name, bootId), null));
  }

  private Command add(long session, long request, long floor) {
    Buffer body = Registers.command(++ids, "a#1", Verb.ADD, "x", 1, 0);
    return new Command.Apply(session, request, floor, Registers.NAME, body);
  }

  private long open() {
    apply(admit("a", "boot"), new Command.Open(7, "a#1"));
    return replica.ordinal();
  }

  @Test
  void shouldAnswerARetryWithoutExecutingIt() {
    long session = open();
    apply(add(session, 1, 1), add(session, 2, 1));
    apply(add(session, 1, 1));
    assertEquals(List.of("1 = 1", "2 = 2", "1 = 1"), heard.all);
    assertEquals(2, registers.value("x"));
  }

  @Test
  void shouldNotExecuteWhatItsProposerHasGivenUp() {
    long session = open();
    apply(add(session, 3, 3), add(session, 2, 1));
    assertEquals(List.of("3 = 1", "2 not executed: SESSION_EXPIRED"), heard.all);
  }

  @Test
  void shouldExecuteNothingOfASessionThatIsNotOpen() {
    long session = open();
    apply(new Command.Close(session), add(session, 1, 1));
    assertEquals(List.of("1 not executed: no session"), heard.all);
  }

  @Test
  void shouldKeepASessionInWhichSomethingHappenedSinceItsExpiryWasProposed() {
    long session = open();
    long idle = replica.ordinal();
    apply(add(session, 1, 1), new Command.Expire(session, idle));
    assertEquals(1, replica.sessions().size());
    apply(new Command.Expire(session, replica.ordinal()));
    assertEquals(0, replica.sessions().size());
  }

  @Test
  void shouldFenceAMemberThatIsGone() {
    long session = open();
    apply(new Command.OfMembers(1, MemberTable.expel("a#1", "a test")));
    apply(add(session, 1, 1), new Command.Open(8, "a#1"));
    assertEquals(List.of("1 not executed: no session"), heard.all);
    assertEquals(0, replica.sessions().size());
    assertEquals("a test", replica.members().reason("a#1"));
  }

  @Test
  void shouldBeTheSameFromAnImage() {
    long session = open();
    apply(add(session, 1, 1), add(session, 2, 1), admit("b", "other"));
    Buffer image = replica.image().get();
    Registers others = new Registers("b", new Ledger());
    Replica other = new Replica(List.of(others), Rules.ALL, new Heard());
    assertTrue(other.restore(image));
    assertEquals(image, other.image().get());
    assertEquals(replica.index(), other.index());
    assertEquals(2, others.value("x"));
    assertFalse(other.restore(image), "it goes no further");
  }

  @Test
  void shouldTakeEachEntryOnceAndInOrder() {
    long session = open();
    Buffer entry = Entry.encode(List.of(add(session, 1, 1).encode()));
    assertFalse(replica.offer(replica.index(), entry));
    assertFalse(replica.offer(replica.index() + 2, entry));
    assertEquals(List.of(), heard.all);
  }

  @Test
  void shouldStopAtWhatALaterVersionWrote() {
    assertFalse(replica.offer(1, Buffer.buffer(new byte[] {9, 1})));
    assertEquals(List.of("failed"), heard.all);
    assertFalse(replica.offer(1, Buffer.buffer()));
  }

  @Test
  void shouldAdmitABootOnce() {
    MemberTable one = table(MemberTable.EMPTY, MemberTable.admit(applicant("a", "x"), null));
    assertEquals(one, table(one, MemberTable.admit(applicant("a", "x"), null)));
    assertEquals(ErrorCode.CONFLICT, refusal(one, MemberTable.admit(applicant("a", "y"), null)));
    assertEquals(
        ErrorCode.CONFLICT, refusal(one, MemberTable.admit(applicant("a", "y"), "a#9")));
    MemberTable two = table(one, MemberTable.admit(applicant("a", "y"), "a#1"));
    assertEquals("a#2", two.named("a").orElseThrow().id());
    assertEquals(ErrorCode.CONFLICT, refusal(two, MemberTable.admit(applicant("a", "x"), null)));
    MemberTable left = table(two, MemberTable.leave("a#2"));
    assertEquals(
        ErrorCode.STALE_EPOCH, refusal(left, MemberTable.admit(applicant("a", "y"), null)));
    assertEquals(2, MemberTable.decode(left.encode()).lastIncarnation());
  }

  private static MemberTable table(MemberTable from, Buffer command) {
    return from.apply(command).table();
  }

  private static ErrorCode refusal(MemberTable from, Buffer command) {
    return assertInstanceOf(
            MabeamException.class,
            assertThrows(MabeamException.class, () -> from.apply(command)))
        .code();
  }
}
