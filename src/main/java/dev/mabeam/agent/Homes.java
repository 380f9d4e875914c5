package dev.mabeam.agent;

/** Where a node's plain agents run. Any thread. */
interface Homes {
  Home of(String agent);

  /** Whether this thread is an event loop's. */
  boolean onLoop();

  /** Runs it on this thread, which is an event loop's, once the present task is over. */
  void later(Runnable task);

  /** The shard that comes in on this thread; if none does, any. */
  int ownShard();

  /** How many of another node's shards it sends to: a power of two. */
  default int shards() {
    return Shards.COUNT;
  }
}
