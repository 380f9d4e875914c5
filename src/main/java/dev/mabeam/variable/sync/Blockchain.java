package dev.mabeam.variable.sync;

import dev.mabeam.time.HybridTime;
import dev.mabeam.time.Scheduler;
import dev.mabeam.variable.ledger.Block;
import dev.mabeam.variable.ledger.Book;
import dev.mabeam.variable.ledger.Broken;
import dev.mabeam.variable.ledger.Fault;
import dev.mabeam.variable.ledger.Hash;
import dev.mabeam.variable.version.Siblings;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * {@code blockchain}: any replica takes writes and signs them, a block at a time; blocks travel, and
 * whoever gets one checks it before anything of it is applied.
 *
 * <pre>
 *   written here ───────────► in the open block, and to be read here
 *   {@link Gossip#SOON} later, or
 *   before another one comes ─► the block is signed, and pushed to every other replica
 *   pushed: heads and newest blocks
 *        all parents are here ► checked, taken, joined
 *        some are not ────────► blocks {want, have} of the pusher, until nothing is missing
 *        one breaks a rule ───► nothing of it is taken; it is told
 * </pre>
 *
 * <p>What is compared, filled, handed over and confirmed is as under the other strategies, since a
 * chain's state is a version vector as well: only, where those send a state, the heads and the
 * newest blocks are sent, and a state without blocks is refused. A replica that answers a push while
 * it still fetches says that it has not got it, and is pushed to again.
 *
 * <p>Two replicas that wrote at a time make a fork. Nobody has to do anything about it: the variable
 * is what the heads together make of it, and the next block names them all. If none comes, the
 * master joins the heads with a merge block when it has them certified ({@link Certifying}).
 *
 * <p>The one who dies before its block is pushed takes its writes along, unless the caller waited
 * for a majority. Its key dies with it.
 */
final class Blockchain implements Strategy {
  private static final System.Logger LOG = System.getLogger(Blockchain.class.getName());

  private final Channel channel;
  private final Held held;
  private final Scheduler scheduler;
  private final Supplier<HybridTime> clock;
  private final Consumer<String> changed;
  private final BiConsumer<String, Fault> onFault;
  private final MultiMaster pushing;
  private final Certifying certifying;
  private final Set<String> open = new LinkedHashSet<>();
  private final Set<String> fetching = new HashSet<>();
  private boolean sealSet;
  private boolean closed;

  /**
   * @param changed hears that what is here of a variable is another now
   * @param onFault hears what was wrong with something that another node sent
   */
  Blockchain(
      String self,
      Channel channel,
      Lines lines,
      Held held,
      Scheduler scheduler,
      Supplier<HybridTime> clock,
      Tuning tuning,
      Consumer<String> changed,
      BiConsumer<String, Fault> onFault) {
    this.channel = channel;
    this.held = held;
    this.scheduler = scheduler;
    this.clock = clock;
    this.changed = changed;
    this.onFault = onFault;
    pushing = new MultiMaster(lines, held, scheduler, tuning.hints());
    certifying = new Certifying(self, channel, held, scheduler, this);
  }

  void start() {
    certifying.start();
  }

  // ---- writing --------------------------------------------------------------------------------

  @Override
  public void written(String name, int fanout) {
    if (closed) {
      return;
    }
    open.add(name);
    if (!sealSet) {
      sealSet = true;
      scheduler.after(Gossip.SOON, this::sealAll);
    }
  }

  private void sealAll() {
    sealSet = false;
    for (String name : List.copyOf(open)) {
      seal(name);
      push(name);
    }
  }

  /** Ends the block that is open. */
  void seal(String name) {
    Book book = held.book(name);
    if (book != null && book.seal(clock.get())) {
      changed.accept(name);
      certifying.look(name);
    }
  }

  private void push(String name) {
    if (open.remove(name) && held.kept(name) != null) {
      pushing.written(name, 0);
    }
  }

  // ---- taking ---------------------------------------------------------------------------------

  /** Takes what {@code peer} pushed, filled or answered with; ABSENT if it has yet to be fetched. */
  Held.Joined join(String peer, Messages.Received received) {
    Book book = held.book(received.name());
    if (book == null || book.isDecided()) {
      return Held.Joined.ABSENT;
    }
    if (received.blocks() == null) {
      String text = "a value without the blocks that it comes from";
      fault(received.name(), peer, new Fault(Fault.Reason.MISSING_PARENT, -1, "", text));
      return Held.Joined.ABSENT;
    }
    List<Hash> heads = Messages.read(() -> Blocks.hashes(received.blocks(), "heads"));
    boolean good = take(received.name(), peer, received.blocks());
    if (heads.stream().allMatch(book.chain()::contains)) {
      return joined(received.name(), received.counts());
    }
    if (good) {
      fetch(peer, received.name(), heads, received.counts());
    }
    joined(received.name(), false);
    return Held.Joined.ABSENT;
  }

  private Held.Joined joined(String name, boolean counts) {
    Held.Joined outcome = held.join(name, held.book(name).chain().state(), counts);
    if (outcome == Held.Joined.NEWS) {
      changed.accept(name);
    }
    return outcome;
  }

  /** Checks and adds what fits; false if something is wrong with it. */
  boolean take(String name, String peer, JsonObject message) {
    Book book = held.book(name);
    if (book.isDecided()) {
      return true;
    }
    try {
      List<Block> blocks = Messages.read(() -> Blocks.blocks(message));
      for (Block block : blocks) {
        boolean fits = block.parents().stream().allMatch(book.chain()::contains);
        if (fits && !book.chain().contains(block.hash()) && knows(book, block)) {
          seal(name);
          book.chain().add(block);
          certifying.look(name);
        }
      }
      return true;
    } catch (Broken broken) {
      fault(name, peer, broken.fault());
      return false;
    }
  }

  /** A set that this node has not heard of is no fault: its copy of the decisions is behind. */
  private static boolean knows(Book book, Block block) {
    return book.chain().knows(block.roster());
  }

  void fault(String name, String peer, Fault fault) {
    LOG.log(Level.WARNING, "node " + peer + " sent of '" + name + "' what is refused: " + fault);
    onFault.accept(name, fault);
  }

  // ---- fetching -------------------------------------------------------------------------------

  /** Gets blocks and all that they descend from. */
  void fetch(String peer, String name, List<Hash> wanted, boolean counts) {
    if (!closed && !held.book(name).isDecided() && fetching.add(peer + " " + name)) {
      ask(peer, name, wanted, counts);
    }
  }

  private void ask(String peer, String name, List<Hash> wanted, boolean counts) {
    Book book = held.book(name);
    JsonObject question =
        new JsonObject()
            .put("name", name)
            .put("want", Blocks.hashes(wanted))
            .put("have", Blocks.hashes(book.chain().landmarks()));
    channel
        .ask(peer, "fill", "blocks", question, 500)
        .onComplete(
            answer -> {
              if (!took(peer, name, wanted, counts, answer)) {
                fetching.remove(peer + " " + name);
              }
            },
            failure -> {
              fetching.remove(peer + " " + name);
              LOG.log(Level.DEBUG, () -> "no blocks of '" + name + "' by " + peer + ": " + failure);
            });
  }

  /** Whether more has been asked for. */
  private boolean took(
      String peer, String name, List<Hash> wanted, boolean counts, JsonObject answer) {
    Book book = held.book(name);
    if (book == null || closed) {
      return false;
    }
    int before = book.chain().size();
    boolean good = take(name, peer, answer);
    boolean whole = wanted.stream().allMatch(book.chain()::contains);
    joined(name, whole && counts);
    boolean progress = book.chain().size() > before;
    if (good && !whole && progress && answer.getBoolean("more", false)) {
      ask(peer, name, wanted, counts);
      return true;
    }
    return false;
  }

  /** The other side of {@link #fetch}. */
  JsonObject blocks(JsonObject message) {
    Book book = held.book(message.getString("name"));
    if (book == null) {
      return new JsonObject().put("blocks", Blocks.blocks(List.of()));
    }
    return Blocks.some(
        book.chain()
            .difference(Blocks.hashes(message, "want"), Blocks.hashes(message, "have")));
  }

  JsonObject certify(String peer, JsonObject message) {
    return certifying.certify(peer, message);
  }

  JsonObject certified(String peer, JsonObject message) {
    return certifying.certified(peer, message);
  }

  /** A merge block was made here or taken: the others see it when they are asked to certify it. */
  void merged(String name) {
    changed.accept(name);
  }

  // ---- the rest -------------------------------------------------------------------------------

  @Override
  public void arrived(String name, String from) {
    // Whoever took it tells the others.
  }

  @Override
  public void mastered(String name) {
    certifying.look(name);
  }

  /** Its replicas, or their keys, have changed. */
  void look(String name) {
    certifying.look(name);
  }

  @Override
  public void told(String peer, String name, Siblings sent, Held.Joined outcome) {
    pushing.told(peer, name, sent, outcome);
  }

  @Override
  public void contact(String peer) {
    pushing.contact(peer);
  }

  @Override
  public void drop(String name) {
    seal(name);
    open.remove(name);
    pushing.drop(name);
  }

  @Override
  public void forget(String peer) {
    pushing.forget(peer);
  }

  @Override
  public boolean isQuiet() {
    return open.isEmpty() && fetching.isEmpty() && pushing.isQuiet();
  }

  @Override
  public void close() {
    List.copyOf(open).forEach(this::seal);
    closed = true;
    pushing.close();
    certifying.close();
  }
}
