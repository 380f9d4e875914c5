package dev.mabeam.variable.consistency;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.SessionToken;
import dev.mabeam.variable.VariableInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What the levels that take tokens have in common. */
final class Sessions {
  /** How long one replica tries before another one is asked: less than who asks waits for it. */
  private static final Duration PATIENCE = Duration.ofMillis(600);

  private Sessions() {}

  static Duration patience(long millis) {
    return Duration.ofMillis(Math.max(1, Math.min(PATIENCE.toMillis(), millis)));
  }

  /** The replica here, then the others: each may have what the session has seen. */
  static List<String> takers(Here here, VariableInfo variable, boolean writes) {
    List<String> takers =
        new ArrayList<>(writes ? variable.takers() : variable.replicas());
    if (!here.keeps(variable.name())) {
      takers.remove(here.nodeId());
    }
    return takers;
  }

  /** Some of what the session has seen is on no node any more. */
  static MabeamException lost(String name, SessionToken safe) {
    return new MabeamException(
        ErrorCode.SESSION_LOST,
        "of '" + name + "' the session has seen writes that are gone with every node that had them",
        SessionToken.SAFE + safe.encode());
  }
}
