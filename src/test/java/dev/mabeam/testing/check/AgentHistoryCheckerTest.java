package dev.mabeam.testing.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mabeam.testing.check.AgentHistory.Activation;
import dev.mabeam.testing.check.AgentHistory.Message;
import dev.mabeam.testing.check.AgentHistoryChecker.Kind;
import dev.mabeam.testing.check.AgentHistoryChecker.Violation;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Histories that have to be accepted, and for each kind of violation one that must not be. */
class AgentHistoryCheckerTest {
  private static final Activation FIRST = new Activation("a", 10, "n1#1");
  private static final Activation SECOND = new Activation("a", 20, "n2#2");
  private static final Activation THIRD = new Activation("a", 30, "n3#3");

  private final AgentHistory history = new AgentHistory();

  @Test
  void shouldAcceptAnAgentThatIsMovedAndRecovered() {
    history.began(FIRST, 0, 0);
    answered("s", 1, FIRST, 1);
    answered("t", 1, FIRST, 2);
    history.began(SECOND, 10, 2);
    answered("s", 2, SECOND, 3);
    handled("s", 3, SECOND);
    history.began(THIRD, 20, 3);
    history.applied(message("s", 3), THIRD);
    history.committed(THIRD, 4);
    history.acknowledged(message("s", 3), 30, "3");
    accepted();
  }

  @Test
  void shouldAcceptThatWhatWasNeverAcknowledgedIsLost() {
    history.began(FIRST, 0, 0);
    answered("s", 1, FIRST, 1);
    handled("s", 2, FIRST);
    history.began(SECOND, 10, 1);
    answered("t", 1, SECOND, 2);
    accepted();
  }

  @Test
  void shouldAcceptACheckpointThatWasHeardOfLateButIsInTheNextActivation() {
    history.began(FIRST, 0, 0);
    handled("s", 1, FIRST);
    history.began(SECOND, 10, 1);
    history.committed(FIRST, 1);
    history.acknowledged(message("s", 1), 10, "1");
    accepted();
  }

  @Test
  void shouldAcceptTheKeptAnswerFromALaterActivation() {
    history.began(FIRST, 0, 0);
    answered("s", 1, FIRST, 1);
    history.began(SECOND, 10, 1);
    history.released(message("s", 1), SECOND);
    history.acknowledged(message("s", 1), 20, "1");
    accepted();
  }

  @Test
  void shouldAcceptReadsThatAreInNoCheckpoint() {
    history.began(FIRST, 0, 0);
    answered("s", 1, FIRST, 1);
    history.sent(message("s", 2));
    history.delivered(message("s", 2), FIRST);
    history.acknowledged(message("s", 2), 10, "read");
    accepted();
  }

  @Test
  void shouldRefuseThatAnAcknowledgedMessageIsLost() {
    history.began(FIRST, 0, 0);
    handled("s", 1, FIRST);
    history.acknowledged(message("s", 1), 10, "1");
    history.began(SECOND, 0, 0);
    found(Kind.LOST);
  }

  @Test
  void shouldRefuseThatAWrittenCheckpointIsLost() {
    history.began(FIRST, 0, 0);
    handled("s", 1, FIRST);
    history.committed(FIRST, 1);
    history.began(SECOND, 0, 0);
    found(Kind.LOST);
  }

  @Test
  void shouldRefuseThatACheckpointIsLostPastAnActivationThatWroteNothing() {
    history.began(FIRST, 0, 0);
    handled("s", 1, FIRST);
    history.committed(FIRST, 1);
    history.began(SECOND, 10, 1);
    history.began(THIRD, 0, 0);
    found(Kind.LOST);
  }

  @Test
  void shouldRefuseADuplicateInOneActivation() {
    history.began(FIRST, 0, 0);
    handled("s", 1, FIRST);
    history.applied(message("s", 1), FIRST);
    found(Kind.DUPLICATED);
  }

  @Test
  void shouldRefuseADuplicateAcrossAMove() {
    history.began(FIRST, 0, 0);
    answered("s", 1, FIRST, 1);
    answered("s", 2, FIRST, 2);
    history.began(SECOND, 10, 2);
    history.began(THIRD, 20, 2);
    history.applied(message("s", 1), THIRD);
    history.committed(THIRD, 3);
    found(Kind.DUPLICATED, Kind.REORDERED);
  }

  @Test
  void shouldRefuseADifferentOrderThanTheSenders() {
    history.began(FIRST, 0, 0);
    handled("s", 2, FIRST);
    handled("s", 1, FIRST);
    found(Kind.REORDERED);
  }

  @Test
  void shouldRefuseACheckpointOfAFencedActivation() {
    history.began(FIRST, 0, 0);
    answered("s", 1, FIRST, 1);
    handled("s", 2, FIRST);
    history.began(SECOND, 10, 1);
    history.committed(FIRST, 2);
    found(Kind.FENCED_COMMIT);
  }

  @Test
  void shouldRefuseAReplyOfAnActivationAfterALaterOneWasHeardOf() {
    history.began(FIRST, 0, 0);
    answered("s", 1, FIRST, 1);
    history.began(SECOND, 10, 1);
    answered("s", 2, SECOND, 2);
    history.sent(message("t", 1));
    history.acknowledged(message("t", 1), 10, "read");
    found(Kind.STALE_REPLY);
  }

  @Test
  void shouldAcceptAReplyThatWasAskedForBeforeTheLaterOneWasHeardOf() {
    history.began(FIRST, 0, 0);
    answered("s", 1, FIRST, 1);
    history.sent(message("t", 1));
    history.began(SECOND, 10, 1);
    answered("s", 2, SECOND, 2);
    history.acknowledged(message("t", 1), 10, "read");
    accepted();
  }

  @Test
  void shouldRefuseAnOutputBeforeItsCheckpoint() {
    history.began(FIRST, 0, 0);
    handled("s", 1, FIRST);
    history.released(message("s", 1), FIRST);
    history.committed(FIRST, 1);
    found(Kind.EARLY_OUTPUT);
  }

  /** The first activation wrote it, and never heard so; the second found it, with the answer. */
  @Test
  void shouldAcceptAKeptAnswerThatALaterActivationGives() {
    history.began(FIRST, 0, 0);
    handled("s", 1, FIRST);
    history.began(SECOND, 10, 1);
    history.committed(SECOND, 1);
    history.acknowledged(message("s", 1), 10, "1");
    accepted();
  }

  @Test
  void shouldRefuseAnAnswerBeforeALaterActivationHasWrittenIt() {
    history.began(FIRST, 0, 0);
    handled("s", 1, FIRST);
    history.began(SECOND, 10, 1);
    history.acknowledged(message("s", 1), 10, "1");
    history.committed(SECOND, 1);
    found(Kind.EARLY_OUTPUT);
  }

  @Test
  void shouldRefuseTwoActivationsOfOneEpoch() {
    history.began(FIRST, 0, 0);
    history.began(new Activation("a", 10, "n9#9"), 0, 0);
    found(Kind.SPLIT);
  }

  @Test
  void shouldRefuseAnActivationThatBeginsWithWhatNobodyApplied() {
    history.began(FIRST, 0, 0);
    handled("s", 1, FIRST);
    history.began(SECOND, 10, 2);
    found(Kind.SPLIT);
  }

  @Test
  void shouldRefuseAMessageThatNobodySent() {
    history.began(FIRST, 0, 0);
    history.applied(message("s", 1), FIRST);
    found(Kind.INVENTED);
  }

  @Test
  void shouldRefuseACheckpointOfWhatWasNotApplied() {
    history.began(FIRST, 0, 0);
    history.committed(FIRST, 1);
    found(Kind.INVENTED);
  }

  @Test
  void shouldRefuseThatARefusedMessageIsApplied() {
    history.began(FIRST, 0, 0);
    handled("s", 1, FIRST);
    history.refused(message("s", 1));
    found(Kind.REFUSED);
  }

  @Test
  void shouldRefuseTwoAnswers() {
    history.began(FIRST, 0, 0);
    answered("s", 1, FIRST, 1);
    history.acknowledged(message("s", 1), 10, "another");
    found(Kind.TWO_ANSWERS);
  }

  @Test
  void shouldSayWhichAgentAndWhat() {
    history.began(FIRST, 0, 0);
    history.applied(message("s", 1), FIRST);
    AssertionError refused =
        assertThrows(AssertionError.class, () -> AgentHistoryChecker.require(history));
    assertEquals(true, refused.getMessage().contains("sender=s"), refused.getMessage());
  }

  private static Message message(String sender, long sequence) {
    return new Message("a", sender, sequence);
  }

  private void handled(String sender, long sequence, Activation by) {
    history.sent(message(sender, sequence));
    history.delivered(message(sender, sequence), by);
    history.applied(message(sender, sequence), by);
  }

  private void answered(String sender, long sequence, Activation by, int count) {
    handled(sender, sequence, by);
    history.committed(by, count);
    history.released(message(sender, sequence), by);
    history.acknowledged(message(sender, sequence), by.epoch(), String.valueOf(sequence));
  }

  private void accepted() {
    assertEquals(List.of(), AgentHistoryChecker.check(history));
    AgentHistoryChecker.require(history);
  }

  private void found(Kind... kinds) {
    assertEquals(
        List.of(kinds),
        AgentHistoryChecker.check(history).stream().map(Violation::kind).toList());
  }
}
