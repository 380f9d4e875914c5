package dev.mabeam.membership;

/** Tells how busy this node is. */
@FunctionalInterface
public interface LoadSource {
  /** The load since the call before; called once a second, on the scheduler's thread. */
  Load sample();
}
