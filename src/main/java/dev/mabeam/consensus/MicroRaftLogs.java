package dev.mabeam.consensus;

/** Logs by MicroRaft. */
final class MicroRaftLogs implements Logs {
  /** Nodes of another cluster never hear this one's messages: the courier sees to that. */
  private static final String GROUP = "decisions";

  private final LogContext context;
  private final LogStores stores;

  MicroRaftLogs(LogContext context, LogStores stores) {
    this.context = context;
    this.stores = stores;
  }

  @Override
  public Log found(Endpoint self, Log.Follower follower) {
    return MicroRaftLog.found(GROUP, self, follower, context, stores.fresh());
  }

  @Override
  public Log join(Endpoint self, Endpoint founder, Log.Follower follower) {
    return MicroRaftLog.join(GROUP, self, founder, follower, context, stores.fresh());
  }

  @Override
  public Log restart(Log.Follower follower) {
    return MicroRaftLog.restart(GROUP, follower, context, stores.open());
  }

  @Override
  public boolean kept() {
    return stores.kept();
  }
}
