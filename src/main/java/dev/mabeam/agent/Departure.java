package dev.mabeam.agent;

import dev.mabeam.checkpoint.Checkpoint;

/** An agent that is paused here to go on elsewhere. It ends by {@link #resume} or by the flip. */
public interface Departure {
  long epoch();

  AgentSpec spec();

  Checkpoint carried();

  /** It goes on here as if nothing had been. Not while a flip may still be decided. */
  void resume();

  /** It is another node's now: sends on what waits for it, and ends. */
  void forward(String owner, long epoch);
}
