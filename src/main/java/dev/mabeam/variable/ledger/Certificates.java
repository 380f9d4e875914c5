package dev.mabeam.variable.ledger;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The certificates of a {@link Chain}'s blocks: those of one set are in one line. Where two are not,
 * the second is refused, and what shows who has signed both is kept.
 */
final class Certificates {
  private static final int MOST_EVIDENCE = 100;

  private final Links links;
  /** By roster, then by height. */
  private final Map<Hash, TreeMap<Long, Certificate>> certificates = new HashMap<>();
  private final List<Evidence> evidence = new ArrayList<>();

  Certificates(Links links) {
    this.links = links;
  }

  /**
   * Keeps one that is valid; fails with {@link Broken} if it contradicts another one.
   *
   * @return false if there was one of that set at that height
   */
  boolean keep(Certificate certificate, Block block, Roster roster) {
    TreeMap<Long, Certificate> others =
        certificates.computeIfAbsent(roster.hash(), each -> new TreeMap<>());
    Map.Entry<Long, Certificate> below = others.floorEntry(block.height());
    Map.Entry<Long, Certificate> above = others.higherEntry(block.height());
    if (below != null && !links.descends(block.hash(), below.getValue().block())) {
      throw contradiction(certificate, below.getValue(), roster);
    }
    if (above != null && !links.descends(above.getValue().block(), block.hash())) {
      throw contradiction(certificate, above.getValue(), roster);
    }
    return others.putIfAbsent(block.height(), certificate) == null;
  }

  private Broken contradiction(Certificate one, Certificate other, Roster roster) {
    Map<String, byte[]> votes = new TreeMap<>();
    other.votes().forEach(vote -> votes.put(vote.getKey(), vote.getValue()));
    votes.keySet().retainAll(one.stores());
    for (Map.Entry<String, byte[]> vote : one.votes()) {
      byte[] also = votes.get(vote.getKey());
      if (also != null) {
        Evidence.ofVotes(
                vote.getKey(),
                roster.key(vote.getKey()),
                statement(one, vote.getValue()),
                statement(other, also))
            .ifPresent(this::keep);
      }
    }
    return new Broken(
        Fault.Reason.EQUIVOCATION,
        "it is certified, and so is " + other.block().brief() + ", which is not in one line with"
            + " it; both were signed by " + votes.keySet());
  }

  private Evidence.Statement statement(Certificate certificate, byte[] signature) {
    byte[] message = Certificate.message(links.block(certificate.block()), certificate.roster());
    return new Evidence.Statement(message, signature);
  }

  void keep(Evidence found) {
    if (evidence.size() < MOST_EVIDENCE) {
      evidence.add(found);
    }
  }

  /** What shows that stores have signed two things of which they may sign one. */
  List<Evidence> evidence() {
    return List.copyOf(evidence);
  }

  /** By the height of their blocks. */
  List<Certificate> all() {
    return certificates.values().stream()
        .flatMap(each -> each.values().stream())
        .sorted(
            Comparator.comparingLong((Certificate each) -> links.block(each.block()).height())
                .thenComparing(Certificate::block)
                .thenComparing(Certificate::roster))
        .toList();
  }

  /** The certificate of the highest block that has one. */
  Optional<Certificate> certified() {
    return certificates.values().stream()
        .filter(each -> !each.isEmpty())
        .map(each -> each.lastEntry().getValue())
        .max(
            Comparator.comparingLong((Certificate each) -> links.block(each.block()).height())
                .thenComparing(Certificate::block));
  }
}
