package dev.mabeam.consensus;

import java.util.function.Supplier;

/** Logs by MicroRaft. */
final class MicroRaftLogs implements Logs {
  /** Nodes of another cluster never hear this one's messages: the courier sees to that. */
  private static final String GROUP = "decisions";

  private final LogContext context;
  private final Supplier<LogStore> stores;

  /**
   * @param stores opens what is kept of the log
   */
  MicroRaftLogs(LogContext context, Supplier<LogStore> stores) {
    this.context = context;
    this.stores = stores;
  }

  @Override
  public Log found(Endpoint self, Log.Follower follower) {
    return MicroRaftLog.found(GROUP, self, follower, context, stores.get());
  }

  @Override
  public Log join(Endpoint self, Endpoint founder, Log.Follower follower) {
    return MicroRaftLog.join(GROUP, self, founder, follower, context, stores.get());
  }

  @Override
  public Log restart(Log.Follower follower) {
    return MicroRaftLog.restart(GROUP, follower, context, stores.get());
  }

  @Override
  public boolean kept() {
    LogStore store = stores.get();
    boolean kept = store.restored().isPresent();
    store.close();
    return kept;
  }
}
