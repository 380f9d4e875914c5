package dev.mabeam.agent;

/**
 * Names something that an agent does outside the cluster, where nothing here can undo or hold it
 * back. A system that remembers the {@code key} does it once, however often the agent is recovered
 * and tries again; one that remembers the highest {@code epoch} it has seen of the {@code agent}
 * refuses an activation that another one has replaced.
 */
public record Effect(String agent, long epoch, String key) {
  /** The same for every activation of the agent: what an idempotency key has to be. */
  @Override
  public String toString() {
    return agent + "/" + key;
  }
}
