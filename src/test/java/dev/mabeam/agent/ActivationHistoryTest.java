package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ActivationHistoryTest {
  private final ActivationHistory history = new ActivationHistory();

  private void answered(long begun, long epoch, long count, String node) {
    history.answered(
        "a", begun, new JsonObject().put("epoch", epoch).put("count", count).put("node", node));
  }

  private void refused(String why) {
    String found = history.violation().orElse("nothing");
    assertTrue(found.contains(why), found);
  }

  @Test
  void shouldAcceptOneActivationAfterAnother() {
    answered(history.ask("a"), 1, 1, "n1");
    long lost = history.ask("a");
    assertTrue(lost > 0);
    answered(history.ask("a"), 1, 3, "n1");
    answered(history.ask("a"), 5, 1, "n2");
    assertEquals(Optional.empty(), history.violation());
  }

  @Test
  void shouldAcceptAnyOrderOfAsksThatOverlap() {
    long first = history.ask("a");
    long second = history.ask("a");
    answered(second, 1, 1, "n1");
    answered(first, 1, 2, "n1");
    long third = history.ask("a");
    long fourth = history.ask("a");
    answered(fourth, 2, 1, "n2");
    answered(third, 1, 3, "n1");
    assertEquals(Optional.empty(), history.violation());
  }

  @Test
  void shouldRefuseAnOldActivationThatAnswersAfterANewOne() {
    answered(history.ask("a"), 2, 1, "n2");
    answered(history.ask("a"), 1, 1, "n1");
    refused("was asked for after");
  }

  @Test
  void shouldRefuseACountThatIsGivenTwice() {
    long first = history.ask("a");
    long second = history.ask("a");
    answered(first, 1, 1, "n1");
    answered(second, 1, 1, "n1");
    refused("twice");
  }

  @Test
  void shouldRefuseAnAskThatWasHandledTwice() {
    answered(history.ask("a"), 1, 1, "n1");
    answered(history.ask("a"), 1, 3, "n1");
    refused("not asked for");
  }

  @Test
  void shouldRefuseALostAnswerThatWasAcknowledged() {
    answered(history.ask("a"), 1, 2, "n1");
    answered(history.ask("a"), 1, 1, "n1");
    refused("was asked for after");
  }

  @Test
  void shouldRefuseTwoNodesAtOneEpoch() {
    answered(history.ask("a"), 1, 1, "n1");
    answered(history.ask("a"), 1, 2, "n2");
    refused("two nodes");
  }
}
