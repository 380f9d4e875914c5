package dev.mabeam.migration;

/** The steps of a {@link Handoff}, in their order, and on which of the two nodes each is reached. */
public enum Step {
  /** The source has heard that the target keeps a place. */
  RESERVED(true),
  /** The agent is paused, and its last checkpoint is in its stores. */
  PAUSED(true),
  /** The target has every byte of it. */
  RECEIVED(false),
  /** The target has made the agent, which may do nothing yet. */
  RESTORED(false),
  /** The source is about to have it decided. */
  FLIPPING(true),
  /** It is decided that the agent is the target's, and the source knows. */
  FLIPPED(true),
  /** What waited for the agent at the source is on its way, and the agent has ended there. */
  FORWARDED(true),
  /** The agent takes messages at the target. */
  RUNNING(false);

  private final boolean atSource;

  Step(boolean atSource) {
    this.atSource = atSource;
  }

  public boolean atSource() {
    return atSource;
  }
}
