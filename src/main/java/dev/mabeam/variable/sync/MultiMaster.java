package dev.mabeam.variable.sync;

import dev.mabeam.time.Scheduler;
import dev.mabeam.variable.version.Siblings;
import java.util.List;

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
final class MultiMaster implements Strategy {
  private final Lines lines;
  private final Held held;
  private final Scheduler scheduler;
  private final Owed hints;
  private boolean roundSet;
  private boolean closed;

  MultiMaster(Lines lines, Held held, Scheduler scheduler, int most) {
    this.lines = lines;
    this.held = held;
    this.scheduler = scheduler;
    hints = new Owed(lines, held, most);
  }

  @Override
  public void written(String name, int fanout) {
    if (!closed) {
      hints.owe(name, held.others(name));
      setRound();
    }
  }

  @Override
  public void arrived(String name, String from) {
    // Whoever took it tells the others.
  }

  private void setRound() {
    if (!roundSet && !closed && !hints.isEmpty()) {
      roundSet = true;
      scheduler.after(Gossip.ROUND, this::round);
    }
  }

  private void round() {
    roundSet = false;
    hints.settle();
    List<String> heard = hints.peers().stream().filter(peer -> !lines.isSilent(peer)).toList();
    heard.forEach(hints::offerAgain);
    setRound();
  }

  @Override
  public void told(String peer, String name, Siblings sent, Held.Joined outcome) {
    hints.told(peer, name, sent, outcome);
  }

  @Override
  public void contact(String peer) {
    hints.offerAgain(peer);
  }

  @Override
  public void drop(String name) {
    hints.drop(name);
  }

  @Override
  public void forget(String peer) {
    hints.forget(peer);
  }

  @Override
  public boolean isQuiet() {
    return hints.isEmpty();
  }

  @Override
  public void close() {
    closed = true;
  }
}
