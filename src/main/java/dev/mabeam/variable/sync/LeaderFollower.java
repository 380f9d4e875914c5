package dev.mabeam.variable.sync;

import dev.mabeam.time.Scheduler;
import java.util.List;

/**
 * {@code leader_follower}: the master takes every write, so it gives them their order, and pushes
 * to all followers.
 *
 * <pre>
 *   written at the master ──────────► pushed to every follower at once
 *   every {@link Gossip#ROUND}              ► pushed again to those that have not answered
 *   news at a follower, not from the
 *   master (what a deposed one had) ► pushed to the master, until it has it
 *   news at the master ─────────────► pushed to every follower
 *   a new master by decision ───────► pushes what it has to every follower
 * </pre>
 *
 * <p>Guaranteed: the writes that one master took at one epoch have seen each other in the order in
 * which it took them. What a deposed master had taken and not pushed stays in its store; where it
 * meets what its successor took meanwhile the two are concurrent, and the variable's resolution
 * makes of them what it does. So it is never dropped, and nobody has to know that a push comes from
 * a deposed master: a state is data, whoever sends it.
 *
 * <p>If the master dies between two pushes, some followers have a write and some have not; the new
 * master may be one of those that have not. Then {@link AntiEntropy} brings it to it, or a follower
 * that got it from there does. A write that no follower has dies with the master's store, unless
 * its caller waited for a majority. A follower that takes writes does not exist: it is not among
 * {@code VariableInfo.takers}.
 */
final class LeaderFollower extends Pushing {
  private final String self;
  private final Held held;

  LeaderFollower(String self, Lines lines, Held held, Scheduler scheduler, int most) {
    super(lines, held, scheduler, most);
    this.self = self;
    this.held = held;
  }

  @Override
  public void written(String name, int fanout) {
    arrived(name, null);
  }

  @Override
  public void arrived(String name, String from) {
    if (self.equals(held.master(name))) {
      owe(name, held.others(name).stream().filter(peer -> !peer.equals(from)).toList());
    } else if (!held.master(name).equals(from)) {
      // Its own replica of what the master does not have: that has to go through the master.
      owe(name, List.of(held.master(name)));
    }
  }

  @Override
  public void mastered(String name) {
    owe(name, held.others(name));
  }
}
