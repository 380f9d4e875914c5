package dev.mabeam.consensus;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.Packer;
import dev.mabeam.link.Unpacker;
import io.vertx.core.buffer.Buffer;
import java.util.function.Supplier;
import org.pcollections.TreePMap;

/**
 * Numbers by name: written, added to, or changed if they are what the proposer thinks. Each command
 * names itself and its proposer, so that a {@link Ledger} sees what every copy does with it.
 */
final class Registers implements StateMachine {
  static final String NAME = "registers";

  enum Verb {
    WRITE,
    ADD,
    CAS
  }

  private final String node;
  private final Ledger ledger;
  private volatile TreePMap<String, Long> values = TreePMap.empty();
  private long ownedGone;
  private long history;

  Registers(String node, Ledger ledger) {
    this.node = node;
    this.ledger = ledger;
  }

  static Buffer command(long id, String proposer, Verb verb, String key, long a, long b) {
    Packer to = new Packer().number(id).text(proposer).octet(verb.ordinal()).text(key);
    return to.number(a).number(b).buffer();
  }

  @Override
  public String name() {
    return NAME;
  }

  long value(String key) {
    return values.getOrDefault(key, 0L);
  }

  @Override
  public Buffer apply(Applying at, Buffer command) {
    Unpacker from = new Unpacker(command);
    long id = from.number();
    String proposer = from.text();
    Verb verb = Verb.values()[from.octet()];
    String key = from.text();
    long a = from.number();
    long b = from.number();
    ledger.applied(node, at, id, proposer);
    history = history * 31 + id;
    if (key.equals("refused")) {
      throw new MabeamException(ErrorCode.INVALID, "refused by the machine", "as asked");
    }
    long now = value(key);
    long next =
        switch (verb) {
          case WRITE -> a;
          case ADD -> now + a;
          case CAS -> now == a ? b : now;
        };
    values = values.plus(key, next);
    long answer =
        switch (verb) {
          case WRITE -> 0;
          case ADD -> next;
          case CAS -> now == a ? 1 : 0;
        };
    return new Packer().number(answer).buffer();
  }

  @Override
  public void gone(Applying at, String nodeId) {
    ledger.gone(node, at, nodeId);
    ownedGone++;
    history = history * 31 + nodeId.hashCode();
  }

  @Override
  public Supplier<Buffer> image() {
    TreePMap<String, Long> now = values;
    long gone = ownedGone;
    long past = history;
    return () -> {
      Packer to = new Packer().number(gone).number(past).number(now.size());
      now.forEach((key, value) -> to.text(key).number(value));
      return to.buffer();
    };
  }

  @Override
  public void restore(Buffer image) {
    Unpacker from = new Unpacker(image);
    ownedGone = from.number();
    history = from.number();
    TreePMap<String, Long> restored = TreePMap.empty();
    for (int left = from.count(); left > 0; left--) {
      String key = from.text();
      restored = restored.plus(key, from.number());
    }
    values = restored;
  }
}
