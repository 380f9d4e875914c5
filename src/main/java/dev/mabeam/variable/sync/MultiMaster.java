package dev.mabeam.variable.sync;

import dev.mabeam.time.Scheduler;

/**
 * {@code multi_master}: any replica takes a write and pushes it to all others itself. For one that
 * does not answer a <em>hint</em> is kept, the variable's name: it is told when it is heard of
 * again.
 *
 * <pre>
 *   written here ─────────────► pushed to every other replica at once
 *   answered ─────────────────► done
 *   not answered ─────────────► a hint, until it is heard of: then pushed
 *   came from another ────────► not passed on: whoever took it tells all
 *   every {@link Gossip#ROUND}        ► pushed again to who is heard of and has not got it
 * </pre>
 *
 * <p>Hints are in memory, and so many for a node at most. If the node that took a write dies, its
 * hints die with it; if there are too many, some are not kept. {@link AntiEntropy} finds what that
 * leaves out, as long as one replica has it.
 */
final class MultiMaster extends Pushing {
  private final Lines lines;
  private final Held held;

  MultiMaster(Lines lines, Held held, Scheduler scheduler, int most) {
    super(lines, held, scheduler, most);
    this.lines = lines;
    this.held = held;
  }

  @Override
  public void written(String name, int fanout) {
    owe(name, held.others(name));
  }

  @Override
  public void arrived(String name, String from) {
    // Whoever took it tells the others.
  }

  @Override
  boolean isTried(String peer) {
    return !lines.isSilent(peer);
  }
}
