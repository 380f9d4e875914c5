package dev.mabeam.consensus;

/** Where the logs of this node come from; at most one is open at a time. */
interface Logs {
  /** Whether the store has one from an earlier life of the process. */
  boolean kept();

  /** A new log, of which {@code self} is the only voter. */
  Log found(Endpoint self, Log.Follower follower);

  /** An empty log, for an endpoint that is about to be added to those that {@code founder} began. */
  Log join(Endpoint self, Endpoint founder, Log.Follower follower);

  /** The one that the store has. */
  Log restart(Log.Follower follower);
}
