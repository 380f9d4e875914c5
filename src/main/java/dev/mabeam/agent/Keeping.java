package dev.mabeam.agent;

import dev.mabeam.checkpoint.Checkpoints;
import dev.mabeam.time.Scheduler;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Where the checkpoints of this node's agents go.
 *
 * @param checkpoints used on {@code thread} only
 * @param thread runs tasks in order
 * @param timers for a few milliseconds at a time, again and again: not an event loop, which would
 *     spin before each
 */
public record Keeping(
    Checkpoints checkpoints, Executor thread, Scheduler timers, Chooser chooser) {
  /** Which stores are to have an agent's checkpoints. On the agents' room's context. */
  @FunctionalInterface
  public interface Chooser {
    /** Their ids, when {@code node} has the agent: that node's own first. */
    List<String> choose(String agent, String node);
  }
}
