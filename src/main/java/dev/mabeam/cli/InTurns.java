package dev.mabeam.cli;

import java.time.Duration;
import picocli.CommandLine.Option;

/** Options of what is measured in rounds, one subject after the other. */
final class InTurns {
  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "how often each is measured, in turns (${DEFAULT-VALUE})")
  int rounds;

  @Option(
      names = "--round",
      paramLabel = "TIME",
      defaultValue = "2s",
      converter = Durations.class,
      description = "how long each time (${DEFAULT-VALUE})")
  Duration round;

  @Option(
      names = "--warm-up",
      paramLabel = "TIME",
      defaultValue = "10s",
      converter = Durations.class,
      description = "how long each is run before (${DEFAULT-VALUE})")
  Duration warmUp;

  boolean areAllowed() {
    return rounds >= 1
        && round.toMillis() >= 1
        && round.toSeconds() <= 30
        && warmUp.toSeconds() <= 30;
  }
}
