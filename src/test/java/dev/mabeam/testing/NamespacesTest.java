package dev.mabeam.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class NamespacesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @BeforeAll
  static void needsNamespaces() {
    Optional<String> why = Namespaces.unavailable();
    assumeTrue(why.isEmpty(), () -> "skipped: " + why.orElseThrow());
  }

  @Test
  void shouldCutInSilenceAndHeal() {
    try (Namespaces net = Namespaces.of("a", "b", "c", "d")) {
      assertTrue(reaches(net, "a", "c"));
      net.cut("c", "d");
      assertTrue(isSilent(net, "a", "c"));
      assertTrue(isSilent(net, "c", "b"));
      assertTrue(reaches(net, "a", "b"));
      assertTrue(reaches(net, "c", "d"), "who is cut off together stays together");
      net.heal();
      assertTrue(reaches(net, "a", "c"));
    }
  }

  @Test
  void shouldCutOneWay() {
    try (Namespaces net = Namespaces.of("a", "b", "c")) {
      assertTrue(reaches(net, "b", "a"));
      net.cutOneWay("a", "b");
      assertTrue(isSilent(net, "a", "b"));
      assertTrue(reaches(net, "a", "c"));
      net.heal();
      assertTrue(reaches(net, "a", "b"));
    }
  }

  @Test
  void shouldLeaveNothingBehind() {
    String space;
    try (Namespaces net = Namespaces.of("a")) {
      space = net.inside("a", List.of()).get(3);
      assertTrue(net.run("a", "ip", "netns", "identify").trim().equals(space));
    }
    IllegalStateException gone =
        assertThrows(
            IllegalStateException.class, () -> Namespaces.ip("netns", "exec", space, "id"));
    assertTrue(gone.getMessage().contains(space));
  }

  @Test
  void shouldPauseKillAndAskProcessesInNamespaces() {
    try (Namespaces net = Namespaces.of("a");
        Processes processes = Processes.in(net)) {
      processes.start("a", List.of("cat"));
      assertEquals("hello", processes.ask("a", "hello", PATIENCE));
      processes.pause("a");
      assertThrows(
          AssertionError.class, () -> processes.ask("a", "paused", Duration.ofMillis(300)));
      processes.resume("a");
      assertEquals("paused", processes.line("a", PATIENCE));
      processes.kill("a");
      assertFalse(processes.isAlive("a"));
      processes.start("a", List.of("cat"));
      processes.stop("a", PATIENCE);
      assertFalse(processes.isAlive("a"));
    }
  }

  private static boolean reaches(Namespaces net, String from, String to) {
    return answers(net, from, to, PATIENCE);
  }

  private static boolean isSilent(Namespaces net, String from, String to) {
    return !answers(net, from, to, Duration.ofSeconds(2));
  }

  /** Whether a port there answers, if only that it is closed; a silent network says nothing. */
  private static boolean answers(Namespaces net, String from, String to, Duration within) {
    String dial = "echo > /dev/tcp/" + net.address(to) + "/9";
    try {
      net.run(from, "timeout", "" + within.toSeconds(), "bash", "-c", dial);
      return true;
    } catch (IllegalStateException failed) {
      return failed.getMessage().contains("refused");
    }
  }
}
