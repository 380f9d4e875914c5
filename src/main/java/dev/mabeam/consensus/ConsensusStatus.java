package dev.mabeam.consensus;

import java.util.List;

/**
 * Who decides, as one node's copy has it.
 *
 * @param leader the id of the node that leads, or the empty string while none is known
 * @param voters the ids of the nodes that vote
 * @param quorum how many of them a decision takes: a majority of the committed voters, never of
 *     whoever is visible
 */
public record ConsensusStatus(String leader, List<String> voters, int quorum) {
  /** Before anything is known. */
  public static final ConsensusStatus UNKNOWN = new ConsensusStatus("", List.of(), 0);

  public ConsensusStatus {
    voters = List.copyOf(voters);
  }

  /** With the quorum that the voters make. */
  public static ConsensusStatus of(String leader, List<String> voters) {
    return new ConsensusStatus(leader, voters, voters.isEmpty() ? 0 : voters.size() / 2 + 1);
  }
}
