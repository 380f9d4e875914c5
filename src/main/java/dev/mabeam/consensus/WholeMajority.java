package dev.mabeam.consensus;

import io.microraft.RaftEndpoint;
import io.microraft.impl.state.RaftState;
import io.microraft.model.message.AppendEntriesSuccessResponse;
import io.microraft.model.message.RaftMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * Has an even number of voters commit, and confirm reads, by a majority. Of four the engine takes
 * two for enough, as three elect. But a leader that has removed one of them, and does not know yet
 * that nobody followed it, is elected by two of the three that are left, and these need not have
 * what two of the four had committed.
 *
 * <p>So a leader of four is told that one has confirmed something only when another one has
 * confirmed it as well. What has to wait until then is not told at all: a leader that hears from
 * one alone loses its leadership.
 */
final class WholeMajority {
  private record Confirmed(long index, long query) {}

  private final RaftState state;
  private final Map<RaftEndpoint, AppendEntriesSuccessResponse> heard = new LinkedHashMap<>();
  private final Map<RaftEndpoint, Confirmed> told = new HashMap<>();
  private int term;

  WholeMajority(RaftState state) {
    this.state = state;
  }

  boolean applies() {
    int voters = state.votingMemberCount();
    return state.leaderState() != null && voters > 2 && voters % 2 == 0;
  }

  List<RaftMessage> heard(AppendEntriesSuccessResponse response) {
    if (term != state.term()) {
      term = state.term();
      heard.clear();
      told.clear();
    }
    if (!applies() || !state.isVotingMember(response.getSender())) {
      return List.of(response);
    }
    heard.keySet().removeIf(endpoint -> !state.isVotingMember(endpoint));
    heard.merge(response.getSender(), response, WholeMajority::both);
    long index = ofEnough(AppendEntriesSuccessResponse::getLastLogIndex);
    long query = ofEnough(AppendEntriesSuccessResponse::getQuerySequenceNumber);
    List<RaftMessage> out = new ArrayList<>();
    heard.forEach(
        (endpoint, latest) -> {
          Confirmed all =
              new Confirmed(latest.getLastLogIndex(), latest.getQuerySequenceNumber());
          Confirmed may =
              new Confirmed(Math.min(all.index, index), Math.min(all.query, query));
          Confirmed before = told.getOrDefault(endpoint, new Confirmed(-1, -1));
          boolean more = may.index > before.index || may.query > before.query;
          if (more || endpoint.equals(response.getSender()) && may.equals(all)) {
            told.put(endpoint, may);
            out.add(with(latest, may.index, may.query));
          }
        });
    return out;
  }

  /** The highest that enough others have confirmed to make a majority with the leader. */
  private long ofEnough(ToLongFunction<AppendEntriesSuccessResponse> what) {
    long[] sorted = heard.values().stream().mapToLong(what).sorted().toArray();
    int needed = state.leaderElectionQuorumSize() - 1;
    return sorted.length < needed ? 0 : sorted[sorted.length - needed];
  }

  private static AppendEntriesSuccessResponse both(
      AppendEntriesSuccessResponse before, AppendEntriesSuccessResponse now) {
    return with(
        now,
        Math.max(before.getLastLogIndex(), now.getLastLogIndex()),
        Math.max(before.getQuerySequenceNumber(), now.getQuerySequenceNumber()));
  }

  private static AppendEntriesSuccessResponse with(
      AppendEntriesSuccessResponse response, long index, long query) {
    return LogCodec.MODEL
        .createAppendEntriesSuccessResponseBuilder()
        .setGroupId(response.getGroupId())
        .setSender(response.getSender())
        .setTerm(response.getTerm())
        .setLastLogIndex(index)
        .setQuerySequenceNumber(query)
        .setFlowControlSequenceNumber(response.getFlowControlSequenceNumber())
        .build();
  }
}
