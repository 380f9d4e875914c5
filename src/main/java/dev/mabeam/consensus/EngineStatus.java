package dev.mabeam.consensus;

import io.microraft.RaftEndpoint;
import io.microraft.RaftNodeStatus;
import io.microraft.impl.RaftNodeImpl;
import io.microraft.impl.state.RaftGroupMembersState;
import io.microraft.impl.state.RaftState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How the engine stands, as {@link Log.LogStatus}. */
final class EngineStatus {
  private EngineStatus() {}

  static boolean closed(RaftNodeImpl engine) {
    return RaftNodeStatus.isTerminal(engine.getStatus());
  }

  static Log.LogStatus of(RaftNodeImpl engine) {
    RaftState state = engine.state();
    RaftGroupMembersState members = state.committedGroupMembers();
    List<Endpoint> voters = endpoints(members.getVotingMembers());
    List<Endpoint> learners = endpoints(members.getMembers());
    learners.removeAll(voters);
    Map<Endpoint, Long> matched = new LinkedHashMap<>();
    if (state.leaderState() != null) {
      state
          .leaderState()
          .getFollowerStates()
          .forEach((endpoint, other) -> matched.put((Endpoint) endpoint, other.matchIndex()));
    }
    return new Log.LogStatus(
        role(engine),
        state.term(),
        closed(engine) ? null : (Endpoint) state.leader(),
        voters,
        learners,
        members.getLogIndex(),
        state.commitIndex(),
        matched);
  }

  private static List<Endpoint> endpoints(Collection<RaftEndpoint> members) {
    List<Endpoint> endpoints = new ArrayList<>(members.size());
    members.forEach(member -> endpoints.add((Endpoint) member));
    return endpoints;
  }

  private static Log.Role role(RaftNodeImpl engine) {
    if (closed(engine)) {
      return Log.Role.CLOSED;
    }
    return switch (engine.state().role()) {
      case LEADER -> Log.Role.LEADER;
      case FOLLOWER -> Log.Role.FOLLOWER;
      case CANDIDATE -> Log.Role.CANDIDATE;
      case LEARNER -> Log.Role.LEARNER;
    };
  }

  /** Whether somebody who was told {@code one} has to be told {@code other}. */
  static boolean differ(Log.LogStatus one, Log.LogStatus other) {
    return one.role() != other.role()
        || one.term() != other.term()
        || one.configuration() != other.configuration()
        || (one.leader() == null
            ? other.leader() != null
            : !one.leader().equals(other.leader()));
  }
}
