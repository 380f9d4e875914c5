package dev.mabeam.variable;

import dev.mabeam.time.HybridTime;
import dev.mabeam.variable.version.Dot;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.pcollections.TreePMap;
import org.pcollections.TreePVector;

/**
 * Votes about what stands of the writes of a variable that have not seen each other; part of {@link
 * VariableDefinitions}.
 *
 * <p>What is voted about is a set of siblings, named by their dots. Each replica has one ballot for
 * it, the first that is committed. As soon as a majority of the replicas has voted, the one with most
 * votes stands, of equal ones the latest by hybrid time, then by dot, and the others are
 * <em>rejected</em> for good. What was rejected in an earlier vote cannot stand in a later one, which
 * may be about a set that overlaps, so that there is always one that stands.
 *
 * <p>A ballot is a pure function of what is in it: whoever casts it says of each sibling when it was
 * written. On the log's thread, but for {@link #rejected}.
 */
final class Ballots {
  /** How many votes of one variable are open, and how many rejections are remembered, at most. */
  static final int MOST = 256;

  /** One sibling that may stand. */
  record Candidate(Dot dot, HybridTime stamp) {
    static final Comparator<Candidate> ORDER =
        Comparator.comparing(Candidate::stamp).thenComparing(Candidate::dot);

    JsonArray toJson() {
      return new JsonArray().add(dot.store()).add(dot.n()).add(stamp.toJson());
    }

    static Candidate fromJson(JsonArray json) {
      return new Candidate(
          new Dot(json.getString(0), json.getLong(1)), HybridTime.fromJson(json.getJsonArray(2)));
    }
  }

  /** What one variable has: ballots by what they are about, then by voter; and who lost. */
  private record Box(
      TreePMap<String, TreePMap<String, Integer>> open, TreePVector<Dot> rejected) {
    static final Box EMPTY = new Box(TreePMap.empty(), TreePVector.empty());

    JsonObject toJson() {
      JsonObject votes = new JsonObject();
      open.forEach(
          (about, cast) -> {
            JsonObject ballots = new JsonObject();
            cast.forEach(ballots::put);
            votes.put(about, ballots);
          });
      JsonArray lost = new JsonArray();
      rejected.forEach(dot -> lost.add(new JsonArray().add(dot.store()).add(dot.n())));
      return new JsonObject().put("open", votes).put("rejected", lost);
    }

    static Box fromJson(JsonObject json) {
      TreePMap<String, TreePMap<String, Integer>> open = TreePMap.empty();
      for (Map.Entry<String, Object> vote : json.getJsonObject("open")) {
        TreePMap<String, Integer> cast = TreePMap.empty();
        for (Map.Entry<String, Object> ballot : (JsonObject) vote.getValue()) {
          cast = cast.plus(ballot.getKey(), (Integer) ballot.getValue());
        }
        open = open.plus(vote.getKey(), cast);
      }
      TreePVector<Dot> rejected = TreePVector.empty();
      for (Object dot : json.getJsonArray("rejected")) {
        rejected =
            rejected.plus(new Dot(((JsonArray) dot).getString(0), ((JsonArray) dot).getLong(1)));
      }
      return new Box(open, rejected);
    }
  }

  private volatile TreePMap<String, Box> boxes = TreePMap.empty();

  /** What does not stand any more of that variable; any thread. */
  Set<Dot> rejected(String name) {
    Box box = boxes.get(name);
    return box == null ? Set.of() : new HashSet<>(box.rejected);
  }

  void forget(String name) {
    boxes = boxes.minus(name);
  }

  /** What is voted about: the same for the same dots, whoever names it. */
  static String about(List<Candidate> candidates) {
    return candidates.stream()
        .map(candidate -> candidate.dot.store() + "/" + candidate.dot.n())
        .sorted()
        .collect(Collectors.joining(" "));
  }

  /**
   * Takes one ballot.
   *
   * @param choice the place among the candidates of the one that is voted for
   * @return whether that decided it
   */
  boolean cast(VariableInfo info, String voter, List<Candidate> candidates, int choice) {
    if (!info.replicas().contains(voter) || choice < 0 || choice >= candidates.size()) {
      return false;
    }
    List<Candidate> sorted = candidates.stream().sorted(Candidate.ORDER).toList();
    int place = sorted.indexOf(candidates.get(choice));
    Box box = boxes.getOrDefault(info.name(), Box.EMPTY);
    List<Candidate> left =
        sorted.stream().filter(candidate -> !box.rejected.contains(candidate.dot)).toList();
    if (left.size() < 2) {
      // That has been decided.
      return false;
    }
    String about = about(sorted);
    TreePMap<String, Integer> ballots = box.open.getOrDefault(about, TreePMap.empty());
    if (!ballots.containsKey(voter)) {
      ballots = ballots.plus(voter, place);
    }
    ballots = onlyOf(ballots, info.replicas());
    boolean decided = ballots.size() >= info.replicas().size() / 2 + 1;
    if (decided) {
      Candidate winner = winner(sorted, left, ballots);
      TreePVector<Dot> rejected = box.rejected;
      for (Candidate candidate : left) {
        if (!candidate.equals(winner)) {
          rejected = rejected.plus(candidate.dot);
        }
      }
      while (rejected.size() > MOST) {
        rejected = rejected.minus(0);
      }
      put(info.name(), new Box(box.open.minus(about), rejected));
    } else {
      TreePMap<String, TreePMap<String, Integer>> open = box.open.plus(about, ballots);
      while (open.size() > MOST) {
        open = open.minusFirstEntry();
      }
      put(info.name(), new Box(open, box.rejected));
    }
    return decided;
  }

  /** Whoever is no replica any more has no say. */
  private static TreePMap<String, Integer> onlyOf(
      TreePMap<String, Integer> ballots, List<String> replicas) {
    TreePMap<String, Integer> counted = ballots;
    for (String voter : ballots.keySet()) {
      if (!replicas.contains(voter)) {
        counted = counted.minus(voter);
      }
    }
    return counted;
  }

  private static Candidate winner(
      List<Candidate> all, List<Candidate> left, Map<String, Integer> ballots) {
    Map<Candidate, Integer> votes = new LinkedHashMap<>();
    left.forEach(candidate -> votes.put(candidate, 0));
    for (int place : ballots.values()) {
      votes.computeIfPresent(all.get(place), (candidate, count) -> count + 1);
    }
    return votes.entrySet().stream()
        .max(
            Map.Entry.<Candidate, Integer>comparingByValue()
                .thenComparing(Map.Entry.comparingByKey(Candidate.ORDER)))
        .orElseThrow()
        .getKey();
  }

  private void put(String name, Box box) {
    boxes = boxes.plus(name, box);
  }

  /** Everything there is now; encoded when it is asked for. */
  Supplier<JsonObject> image() {
    TreePMap<String, Box> now = boxes;
    return () -> {
      JsonObject json = new JsonObject();
      now.forEach((name, box) -> json.put(name, box.toJson()));
      return json;
    };
  }

  void restore(JsonObject json) {
    TreePMap<String, Box> restored = TreePMap.empty();
    for (Map.Entry<String, Object> each : json) {
      restored = restored.plus(each.getKey(), Box.fromJson((JsonObject) each.getValue()));
    }
    boxes = restored;
  }

  static JsonArray json(List<Candidate> candidates) {
    return new JsonArray(candidates.stream().map(Candidate::toJson).toList());
  }

  static List<Candidate> candidates(JsonArray json) {
    List<Candidate> candidates = new ArrayList<>();
    json.forEach(each -> candidates.add(Candidate.fromJson((JsonArray) each)));
    return candidates;
  }
}
