package dev.mabeam.variable;

import dev.mabeam.variable.version.Dot;
import dev.mabeam.variable.version.Sibling;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Casts the ballots of the replicas here, where a variable is resolved by {@code consensus} and has
 * siblings: each for the sibling that it had before it heard of another, else for the latest. A
 * ballot is cast again until that is decided or settled by a write; without a majority nothing is
 * decided, and the siblings stay.
 *
 * <p>On the room's thread.
 */
final class Votes {
  private static final System.Logger LOG = System.getLogger(Votes.class.getName());
  private static final Duration AGAIN = Duration.ofSeconds(1);

  private final VariableContext context;
  private final Replicas replicas;
  /** Of a variable whose siblings are not settled: the one that this replica votes for. */
  private final Map<String, Dot> choices = new HashMap<>();
  private boolean closed;

  Votes(VariableContext context, Replicas replicas) {
    this.context = context;
    this.replicas = replicas;
  }

  /**
   * The replica here has siblings.
   *
   * @param before what it had before it got the last of them
   */
  void look(String name, List<Sibling> before) {
    boolean known = choices.containsKey(name);
    if (!known && before.size() == 1) {
      choices.put(name, before.get(0).dot());
    } else if (!known) {
      choices.put(name, null);
    }
    cast(name);
    if (!known) {
      context.scheduler().after(AGAIN, () -> again(name));
    }
  }

  private void again(String name) {
    if (closed || siblings(name).size() < 2) {
      choices.remove(name);
    } else {
      cast(name);
      context.scheduler().after(AGAIN, () -> again(name));
    }
  }

  private List<Sibling> siblings(String name) {
    Replica replica = replicas.serving(name);
    return replica == null ? List.of() : replica.view().shown().live();
  }

  private void cast(String name) {
    List<Ballots.Candidate> candidates =
        siblings(name).stream()
            .map(sibling -> new Ballots.Candidate(sibling.dot(), sibling.stamp()))
            .sorted(Ballots.Candidate.ORDER)
            .toList();
    Set<Dot> rejected = context.definitions().ballots().rejected(name);
    if (candidates.stream().filter(one -> !rejected.contains(one.dot())).count() < 2) {
      return;
    }
    int choice = candidates.size() - 1;
    for (int i = 0; i < candidates.size(); i++) {
      if (candidates.get(i).dot().equals(choices.get(name))) {
        choice = i;
      }
    }
    context
        .decisions()
        .propose(
            VariableDefinitions.NAME,
            VariableDefinitions.vote(name, context.nodeId(), candidates, choice))
        .onFailure(
            failure -> LOG.log(Level.DEBUG, () -> "could not vote on '" + name + "': " + failure));
  }

  void close() {
    closed = true;
  }
}
