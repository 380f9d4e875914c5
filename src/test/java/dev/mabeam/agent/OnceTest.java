package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.agent.OnceWorld.Broken;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is acknowledged is applied once and in order, whatever the network and the crashes. */
class OnceTest {
  private static void run(int seeds) {
    for (long seed = 1; seed <= seeds; seed++) {
      List<String> wrong = new OnceWorld(seed, Broken.NOTHING).run(600);
      assertEquals(List.of(), wrong, "seed " + seed);
    }
  }

  @Test
  void shouldApplyWhatIsAcknowledgedOnceAndInOrder() {
    run(300);
  }

  @Test
  @Tag("long")
  void shouldApplyWhatIsAcknowledgedOnceAndInOrderForManySeeds() {
    run(20_000);
  }

  @ParameterizedTest
  @EnumSource(value = Broken.class, mode = EnumSource.Mode.EXCLUDE, names = "NOTHING")
  void shouldBeSeenToFailWhenItIsBroken(Broken broken) {
    int caught = 0;
    for (long seed = 1; seed <= 50; seed++) {
      caught += new OnceWorld(seed, broken).run(600).isEmpty() ? 0 : 1;
    }
    assertTrue(caught > 0, broken + " was not seen in 50 seeds");
  }
}
