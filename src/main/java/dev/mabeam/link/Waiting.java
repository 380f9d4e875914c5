package dev.mabeam.link;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Whom a node waits for, and why, in words for an operator. */
final class Waiting {
  private static final String IN_A_CLUSTER = "is in a cluster";

  private final LinkOptions options;
  private final LinkAddress self;
  private final SeedSource seeds;
  private final Map<LinkAddress, String> standing = new LinkedHashMap<>();
  private String noSeeds = "";
  private String notAdmitted = "";
  private boolean onTheList = true;

  Waiting(LinkOptions options, LinkAddress self, SeedSource seeds) {
    this.options = options;
    this.self = self;
    this.seeds = seeds;
  }

  /** The seeds are known now, and this node is one of them or not. */
  void listed(Set<LinkAddress> all, boolean including) {
    standing.keySet().retainAll(all);
    onTheList = including;
    noSeeds = "";
  }

  void seedsUnknown(Throwable why) {
    noSeeds = "; " + seeds.describe() + ": " + why.getMessage();
  }

  void note(LinkAddress seed, String how) {
    standing.put(seed, how);
  }

  void forget(LinkAddress seed) {
    standing.remove(seed);
  }

  void note(LinkAddress seed, Lines.Heard heard, boolean inCluster) {
    if (heard instanceof Lines.Heard.Answered) {
      note(seed, inCluster ? IN_A_CLUSTER : "waits too");
    } else if (heard instanceof Lines.Heard.Refused) {
      note(seed, "refuses connections");
    } else if (heard instanceof Lines.Heard.Silent silent) {
      note(seed, "does not answer: " + silent.why());
    } else if (heard instanceof Lines.Heard.Incompatible incompatible) {
      note(seed, incompatible.why());
    }
  }

  void notAdmitted(String why) {
    notAdmitted = "; " + why;
  }

  MabeamException inVain() {
    List<String> waitingFor = new ArrayList<>();
    standing.forEach((seed, why) -> waitingFor.add(seed + " (" + why + ")"));
    return noCluster(
        "no cluster within " + options.joinTimeout().toSeconds() + " s by " + seeds.describe()
            + (waitingFor.isEmpty() ? "" : "; waiting for " + String.join(", ", waitingFor))
            + noSeeds
            + (standing.containsValue(IN_A_CLUSTER) ? notAdmitted : ""));
  }

  MabeamException noCluster(String why) {
    return new MabeamException(
        ErrorCode.NO_REACHABLE_SEED_NODES,
        why,
        "start the seeds that are missing, or found a cluster with --bootstrap on one node"
            + (onTheList ? "" : "; only a node on the seed list founds, and this one is " + self));
  }
}
