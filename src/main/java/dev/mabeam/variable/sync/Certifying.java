package dev.mabeam.variable.sync;

import dev.mabeam.time.Scheduler;
import dev.mabeam.variable.ledger.Block;
import dev.mabeam.variable.ledger.Book;
import dev.mabeam.variable.ledger.Broken;
import dev.mabeam.variable.ledger.Certificate;
import dev.mabeam.variable.ledger.Hash;
import dev.mabeam.variable.ledger.Roster;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Has blocks countersigned in the background, by their variable's master:
 *
 * <pre>
 *   every {@link #PERIOD}, of each ledger that has changed
 *     several heads ─────► joined by a merge block
 *     certify {block} ───► each replica: checked and here? descends from what it signed last?
 *          ◄── {store, vote} | {behind: fetches it} | {signed: the master lacks that}
 *     a majority of votes ► certified {certificate} ─► each replica, until it has it
 * </pre>
 *
 * <p>That the master asks is for order alone: two who asked at a time for two heads would split the
 * votes. Who asks matters to no rule, so a deposed master that still asks, or a new one that knows
 * less, does no harm. If the master dies half way, its successor asks again; votes that nobody
 * counted bind those who gave them, and what they signed is fetched and joined. Without a majority
 * of the replicas nothing is certified, and everything else goes on.
 */
final class Certifying {
  static final Duration PERIOD = Duration.ofMillis(500);

  private final String self;
  private final Channel channel;
  private final Held held;
  private final Scheduler scheduler;
  private final Blockchain blocks;
  private final Map<String, Round> rounds = new LinkedHashMap<>();
  private Scheduler.Scheduled timer = () -> {};

  /** What is known of one ledger that is not done. */
  private static final class Round {
    private Certificate certificate;
    private final Set<String> told = new HashSet<>();
    private boolean asking;
  }

  Certifying(
      String self, Channel channel, Held held, Scheduler scheduler, Blockchain blocks) {
    this.self = self;
    this.channel = channel;
    this.held = held;
    this.scheduler = scheduler;
    this.blocks = blocks;
  }

  void start() {
    timer = scheduler.every(PERIOD, this::turn);
  }

  void close() {
    timer.cancel();
    rounds.clear();
  }

  /** There may be something to certify. */
  void look(String name) {
    rounds.computeIfAbsent(name, key -> new Round());
  }

  private void turn() {
    for (String name : List.copyOf(rounds.keySet())) {
      if (!held.certifies(name)) {
        rounds.remove(name);
      } else if (held.book(name).roster() != null && !rounds.get(name).asking) {
        turn(name, rounds.get(name));
      }
    }
  }

  private void turn(String name, Round round) {
    Book book = held.book(name);
    blocks.seal(name);
    if (book.chain().settle().isPresent()) {
      blocks.merged(name);
    }
    Hash head = book.chain().heads().get(0);
    Roster roster = book.roster();
    boolean done =
        round.certificate != null
            && round.certificate.block().equals(head)
            && round.certificate.roster().equals(roster.hash());
    if (!done) {
      ask(name, round, book.chain().get(head), roster);
    } else if (!tell(name, round)) {
      rounds.remove(name);
    }
  }

  private void ask(String name, Round round, Block block, Roster roster) {
    Book book = held.book(name);
    Map<String, byte[]> votes = new HashMap<>();
    byte[] own = book.vote(block.hash(), roster);
    if (own != null) {
      votes.put(book.key().id(), own);
    } else if (book.voted() != null && !book.chain().descends(block.hash(), book.voted())) {
      return;
    }
    JsonObject question =
        new JsonObject()
            .put("name", name)
            .put("block", block.hash().toString())
            .put("roster", roster.hash().toString())
            .put("blocks", Blocks.blocks(block.isMerge() ? List.of(block) : List.of()));
    round.asking = true;
    List<Future<JsonObject>> answers = new ArrayList<>();
    for (String peer : held.others(name)) {
      answers.add(
          channel
              .ask(peer, "digest", "certify", question.copy(), 300)
              .onSuccess(answer -> count(name, peer, block, roster, answer, votes))
              .otherwiseEmpty());
    }
    Future.join(answers).onComplete(all -> counted(name, round, block, roster, votes));
  }

  private void count(
      String name,
      String peer,
      Block block,
      Roster roster,
      JsonObject answer,
      Map<String, byte[]> votes) {
    Book book = held.book(name);
    if (book == null || answer == null) {
      return;
    }
    String store = answer.getString("store");
    String vote = answer.getString("vote");
    String signed = answer.getString("signed");
    if (store != null && vote != null) {
      byte[] signature = Messages.read(() -> Blocks.decoded(vote));
      if (book.isVote(store, signature, block.hash(), roster)) {
        votes.put(store, signature);
      }
    } else if (signed != null) {
      Hash wanted = Messages.read(() -> Hash.parse(signed));
      if (!book.chain().contains(wanted)) {
        blocks.fetch(peer, name, List.of(wanted), false);
      }
    }
  }

  private void counted(
      String name, Round round, Block block, Roster roster, Map<String, byte[]> votes) {
    round.asking = false;
    Book book = held.book(name);
    if (book == null || votes.size() < roster.majority()) {
      return;
    }
    Certificate certificate = Certificate.of(block.hash(), roster.hash(), votes);
    try {
      book.chain().certify(certificate);
      round.certificate = certificate;
      round.told.clear();
      tell(name, round);
    } catch (Broken broken) {
      blocks.fault(name, self, broken.fault());
    }
  }

  /** Whether somebody has yet to be told. */
  private boolean tell(String name, Round round) {
    Certificate certificate = round.certificate;
    round.told.retainAll(held.others(name));
    boolean some = false;
    for (String peer : held.others(name)) {
      if (!round.told.contains(peer)) {
        some = true;
        JsonObject message =
            new JsonObject()
                .put("name", name)
                .put("certificate", Blocks.encoded(certificate.encode()));
        channel
            .ask(peer, "digest", "certified", message, 400)
            .onComplete(
                answer -> {
                  if (answer.getBoolean("taken", false) && round.certificate == certificate) {
                    round.told.add(peer);
                  }
                },
                failure -> {});
      }
    }
    return some;
  }

  // ---- the other side -------------------------------------------------------------------------

  JsonObject certify(String peer, JsonObject message) {
    String name = message.getString("name");
    Book book = held.book(name);
    if (book == null) {
      return new JsonObject();
    }
    Hash wanted = Hash.parse(message.getString("block"));
    Hash roster = Hash.parse(message.getString("roster"));
    blocks.take(name, peer, message);
    if (!book.chain().contains(wanted)) {
      blocks.fetch(peer, name, List.of(wanted), false);
      return new JsonObject().put("behind", true);
    }
    if (book.roster() == null || !book.roster().hash().equals(roster)) {
      return new JsonObject();
    }
    byte[] vote = book.vote(wanted, book.roster());
    if (vote != null) {
      return new JsonObject()
          .put("store", book.key().id())
          .put("vote", Blocks.encoded(vote));
    }
    return book.voted() == null
        ? new JsonObject()
        : new JsonObject().put("signed", book.voted().toString());
  }

  JsonObject certified(String peer, JsonObject message) {
    String name = message.getString("name");
    Book book = held.book(name);
    if (book == null) {
      return new JsonObject();
    }
    try {
      Certificate certificate = Blocks.certificate(message);
      if (!book.chain().contains(certificate.block())) {
        blocks.fetch(peer, name, List.of(certificate.block()), false);
        return new JsonObject();
      }
      if (!book.chain().knows(certificate.roster())) {
        return new JsonObject();
      }
      book.chain().certify(certificate);
      return new JsonObject().put("taken", true);
    } catch (Broken broken) {
      blocks.fault(name, peer, broken.fault());
      return new JsonObject();
    }
  }
}
