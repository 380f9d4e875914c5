package dev.mabeam.consensus;

import dev.mabeam.link.Courier;
import dev.mabeam.link.Member;
import dev.mabeam.link.Reachability;
import dev.mabeam.time.Scheduler;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * What the consensus room works with.
 *
 * @param courier to the other nodes, {@linkplain Courier#hopping hopped} to the log's thread; the
 *     room takes its handler
 * @param scheduler clock and timers of the log's thread; its {@code execute} may be called on any
 * @param random for the log's thread alone
 * @param workers for what would hold up the log's thread: encoding images
 * @param clusterId which cluster this is
 * @param store the data directory where the log is kept over a restart of the process, if anywhere
 * @param reachability what this node's link says of a member; any thread. REFUSED is proof that the
 *     member's process has ended, and nothing else is
 * @param machines what is decided, one of each name, the same on all nodes
 */
public record ConsensusContext(
    Courier courier,
    Scheduler scheduler,
    RandomGenerator random,
    Executor workers,
    String clusterId,
    Optional<Path> store,
    Function<Member, Reachability> reachability,
    List<StateMachine> machines) {
  public ConsensusContext {
    machines = List.copyOf(machines);
  }
}
