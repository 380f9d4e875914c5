package dev.mabeam.variable.sync;

import dev.mabeam.time.Scheduler;
import dev.mabeam.variable.version.Siblings;
import java.util.Collection;

/**
 * What strategies have in common that push: whoever has to be told is {@link Owed} it, is told at
 * once, and every {@link Gossip#ROUND} again until it has answered. Whom that is, each says.
 */
abstract class Pushing implements Strategy {
  private final Owed owed;
  private final Scheduler scheduler;
  private boolean roundSet;
  private boolean closed;

  Pushing(Lines lines, Held held, Scheduler scheduler, int most) {
    this.scheduler = scheduler;
    owed = new Owed(lines, held, most);
  }

  /** Whether {@code peer}, which has not answered, is told again this round. */
  boolean isTried(String peer) {
    return true;
  }

  final void owe(String name, Collection<String> peers) {
    if (!closed) {
      owed.owe(name, peers);
      setRound();
    }
  }

  private void setRound() {
    if (!roundSet && !closed && !owed.isEmpty()) {
      roundSet = true;
      scheduler.after(Gossip.ROUND, this::round);
    }
  }

  private void round() {
    roundSet = false;
    owed.settle();
    owed.peers().stream().filter(this::isTried).toList().forEach(owed::offerAgain);
    setRound();
  }

  @Override
  public final void told(String peer, String name, Siblings sent, Held.Joined outcome) {
    owed.told(peer, name, sent, outcome);
  }

  @Override
  public final void contact(String peer) {
    owed.offerAgain(peer);
  }

  @Override
  public final void drop(String name) {
    owed.drop(name);
  }

  @Override
  public final void forget(String peer) {
    owed.forget(peer);
  }

  @Override
  public final boolean isQuiet() {
    return owed.isEmpty();
  }

  @Override
  public final void close() {
    closed = true;
  }
}
