package dev.mabeam.consensus;

/** Where a node's logs are kept, one after the other: each endpoint has a store of its own. */
interface LogStores {
  /** Whether there is one from an earlier life of the process. */
  boolean kept();

  /** What an earlier life has left. */
  LogStore open();

  /** An empty one, in the place of what was there. */
  LogStore fresh();

  /** Keeps nothing. */
  static LogStores memory() {
    return new LogStores() {
      @Override
      public boolean kept() {
        return false;
      }

      @Override
      public LogStore open() {
        throw new IllegalStateException("nothing is kept in memory");
      }

      @Override
      public LogStore fresh() {
        return LogStore.memory();
      }
    };
  }
}
