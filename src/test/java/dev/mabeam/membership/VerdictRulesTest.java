package dev.mabeam.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.link.Reachability;
import dev.mabeam.membership.VerdictRules.Sight;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VerdictRulesTest {
  /** In the view: what the link says, what the neighbours say, and what follows. */
  @ParameterizedTest
  @CsvSource({
    "ACTIVE,  CONNECTED, NONE,        ACTIVE",
    "JOINING, CONNECTED, NONE,        JOINING",
    "FAILED,  CONNECTED, NONE,        ACTIVE",
    "ACTIVE,  ,          NONE,        ACTIVE",
    "FAILED,  ,          NONE,        SUSPECT",
    "ACTIVE,  SUSPECT,   NONE,        SUSPECT",
    "ACTIVE,  SUSPECT,   NOT_REACHED, SUSPECT",
    "ACTIVE,  SILENT,    NONE,        SUSPECT",
    "ACTIVE,  SILENT,    REACHED,     SUSPECT",
    "ACTIVE,  SILENT,    NOT_REACHED, PARTITIONED",
    "ACTIVE,  REFUSED,   NONE,        SUSPECT",
    "ACTIVE,  REFUSED,   NOT_REACHED, SUSPECT"
  })
  void shouldJudgeWhoIsInTheView(
      NodeStatus declared, Reachability link, Evidence evidence, NodeStatus expected) {
    Sight sight = new Sight(declared, true, true, link, false, evidence, Duration.ZERO);
    assertEquals(expected, VerdictRules.judge(sight));
  }

  /** Out of the view: whether it was in one before, and for how long it is lost. */
  @ParameterizedTest
  @CsvSource({
    "JOINING, false, CONNECTED, 0,   JOINING",
    "ACTIVE,  false, CONNECTED, 0,   JOINING",
    "ACTIVE,  true,  CONNECTED, 0,   PARTITIONED",
    "ACTIVE,  true,  SUSPECT,   0,   PARTITIONED",
    "ACTIVE,  true,  SILENT,    599, PARTITIONED",
    "ACTIVE,  true,  SILENT,    600, FAILED",
    "ACTIVE,  true,  REFUSED,   0,   FAILED",
    "FAILED,  false, SILENT,    0,   FAILED",
    "FAILED,  false, ,          0,   FAILED",
    "JOINING, false, ,          0,   JOINING",
    "JOINING, false, ,          600, FAILED",
    "ACTIVE,  false, ,          0,   PARTITIONED"
  })
  void shouldJudgeWhoIsNotInTheView(
      NodeStatus declared, boolean was, Reachability link, long lostSeconds, NodeStatus expected) {
    Duration lost = Duration.ofSeconds(lostSeconds);
    Sight sight = new Sight(declared, false, was, link, false, Evidence.NONE, lost);
    assertEquals(expected, VerdictRules.judge(sight));
  }

  @Test
  void shouldCallAFailedOnlyWhatIsProvenOrLongLost() {
    for (NodeStatus declared : new NodeStatus[] {NodeStatus.JOINING, NodeStatus.ACTIVE}) {
      for (Evidence evidence : Evidence.values()) {
        for (Reachability link : Reachability.values()) {
          for (boolean inView : new boolean[] {true, false}) {
            Sight sight =
                new Sight(
                    declared, inView, true, link, false, evidence, Duration.ofMinutes(9));
            boolean proven = link == Reachability.REFUSED && !inView;
            assertEquals(proven, VerdictRules.judge(sight) == NodeStatus.FAILED, sight::toString);
          }
        }
      }
    }
  }

  @Test
  void shouldCallLeavingWhoSaidGoodbyeAndLeftOnceItIsAway() {
    Sight here = goodbye(true, Reachability.CONNECTED);
    assertEquals(NodeStatus.LEAVING, VerdictRules.judge(here));
    assertFalse(VerdictRules.left(here));
    assertFalse(VerdictRules.left(goodbye(true, Reachability.REFUSED)));
    assertFalse(VerdictRules.left(goodbye(false, Reachability.CONNECTED)));
    assertTrue(VerdictRules.left(goodbye(false, Reachability.REFUSED)));
    assertTrue(VerdictRules.left(goodbye(false, null)));
  }

  private static Sight goodbye(boolean inView, Reachability link) {
    return new Sight(
        NodeStatus.ACTIVE, inView, true, link, true, Evidence.NONE, Duration.ZERO);
  }
}
