package dev.mabeam.variable;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.HybridClock;
import dev.mabeam.time.HybridTime;
import dev.mabeam.variable.causal.CausalDomain;
import dev.mabeam.variable.conflict.Resolution;
import dev.mabeam.variable.conflict.Write;
import dev.mabeam.variable.consistency.Here;
import dev.mabeam.variable.consistency.Writing;
import dev.mabeam.variable.sync.Synchronizer;
import dev.mabeam.variable.version.Dot;
import dev.mabeam.variable.version.Siblings;
import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * The replicas here, as the levels read and write them.
 *
 * <p>A write without an epoch and with a stamp that is further ahead than {@link
 * HybridClock#MAX_DRIFT} gets a stamp of this node: a wrong clock must not win for years. The
 * writes of an epoch keep theirs, which order them among themselves and nothing else.
 */
final class Copies implements Here {
  private final String self;
  private final Replicas replicas;
  private final Synchronizer sync;
  private final CausalDomain causal;
  private final HybridClock clock;
  private final BooleanSupplier serving;
  private final VariableMetrics metrics;

  Copies(
      String self,
      Replicas replicas,
      Synchronizer sync,
      CausalDomain causal,
      HybridClock clock,
      BooleanSupplier serving,
      VariableMetrics metrics) {
    this.self = self;
    this.replicas = replicas;
    this.sync = sync;
    this.causal = causal;
    this.clock = clock;
    this.serving = serving;
    this.metrics = metrics;
  }

  @Override
  public String nodeId() {
    return self;
  }

  @Override
  public boolean keeps(String name) {
    return replicas.serving(name) != null;
  }

  @Override
  public boolean mayWrite() {
    return serving.getAsBoolean();
  }

  @Override
  public VariableValue value(String name) {
    return value(serving(name));
  }

  /** Any thread. */
  VariableValue value(Replica replica) {
    Replica.View view = replica.view();
    VersionVector seen = view.shown().seen();
    return new VariableValue(
        view.value(),
        seen.toJson(),
        view.siblings(),
        self,
        !mayWrite(),
        SessionToken.of(replica.name(), seen),
        view.shown().isDeleted());
  }

  @Override
  public VersionVector seen(String name) {
    return serving(name).view().shown().seen();
  }

  @Override
  public void write(VariableInfo variable, Writing writing) {
    Replica replica = serving(variable.name());
    if (put(replica, variable, writing)) {
      replicas.written(replica, writing.options().gossipFanout());
    }
  }

  /**
   * The same on any thread, but that nobody hears of it.
   *
   * @return false if it changed nothing
   */
  boolean put(Replica replica, VariableInfo variable, Writing writing) {
    String writer = replica.writer();
    return put(
        replica,
        variable,
        writing,
        new Numbering() {
          @Override
          public String store() {
            return writer;
          }

          @Override
          public Dot next(Siblings before) {
            return new Dot(writer, before.seen().of(writer) + 1);
          }

          @Override
          public VersionVector past() {
            return VersionVector.EMPTY;
          }

          @Override
          public void put(Siblings after, Resolution resolution) {
            replica.put(after, resolution);
          }
        });
  }

  @Override
  public void write(VariableInfo variable, Writing writing, VersionVector token) {
    Replica replica = serving(variable.name());
    Numbering numbering =
        new Numbering() {
          @Override
          public String store() {
            return causal.store();
          }

          @Override
          public Dot next(Siblings before) {
            return causal.next(variable.key());
          }

          @Override
          public VersionVector past() {
            return causal.past(token);
          }

          @Override
          public void put(Siblings after, Resolution resolution) {
            causal.written(replica.key(), after);
            replica.receive(replica.state().join(after), resolution);
            replica.show(after);
          }
        };
    if (put(replica, variable, writing, numbering)) {
      replicas.writtenCausally(replica, writing.options().gossipFanout());
    }
  }

  /** How the writes of a variable are numbered, and what they have seen besides. */
  private interface Numbering {
    String store();

    Dot next(Siblings before);

    VersionVector past();

    void put(Siblings after, Resolution resolution);
  }

  private boolean put(
      Replica replica, VariableInfo variable, Writing writing, Numbering numbering) {
    if (!variable.takers().contains(self) || variable.closing()) {
      throw notTaking(variable);
    }
    if (!mayWrite()) {
      throw readOnly(variable.name());
    }
    replicas.requireKey(replica);
    Resolution resolution = replicas.resolution(variable);
    synchronized (replica) {
      Siblings before = replica.view().shown();
      Siblings after = after(replica, before, variable, writing, resolution, numbering);
      if (after == before) {
        return false;
      }
      numbering.put(after, resolution);
      return true;
    }
  }

  private Siblings after(
      Replica replica,
      Siblings before,
      VariableInfo variable,
      Writing writing,
      Resolution resolution,
      Numbering numbering) {
    return switch (writing.kind()) {
      case SET -> set(replica, before, writing.write(), resolution, numbering);
      case DELETE ->
          before.isDeleted() ? before : before.delete(numbering.next(before), numbering.past());
      case RESOLVE -> resolve(replica, before, writing, resolution, numbering);
      case COMPARE_AND_SET ->
          throw Offered.not(
              "comparing with what '" + variable.name() + "' has, which may change unseen,",
              "set, delete, resolve; compare and set for strong variables");
    };
  }

  private Siblings set(
      Replica replica,
      Siblings before,
      Write asked,
      Resolution resolution,
      Numbering numbering) {
    Write write = at(before, asked, numbering.store());
    Object value = resolution.write(before.live(), write);
    if (value == null && before.live().isEmpty()) {
      value = resolution.first(null);
    }
    if (value == null) {
      return before;
    }
    requireSize(replica.name(), value, resolution);
    return before.write(numbering.next(before), numbering.past(), clock.now(), value);
  }

  private Siblings resolve(
      Replica replica,
      Siblings before,
      Writing writing,
      Resolution resolution,
      Numbering numbering) {
    VersionVector context = VersionVector.fromJson(writing.seen());
    if (!before.seen().containsAll(context)) {
      throw new MabeamException(
          ErrorCode.UNAVAILABLE,
          "node " + self + " has not seen all that is to be settled of '" + replica.name() + "'",
          "read it again, and settle the version that was read");
    }
    Object value =
        resolution.write(
            before.seenIn(context), at(before, writing.write(), numbering.store()));
    if (value == null) {
      return before;
    }
    requireSize(replica.name(), value, resolution);
    return before.write(
        numbering.next(before), numbering.past(), clock.now(), value, context);
  }

  /** After a deletion a store writes under a name that what it wrote before does not have. */
  private Write at(Siblings before, Write asked, String writer) {
    String store =
        before.isDeleted() ? writer + Write.AGAIN + (before.seen().of(writer) + 1) : writer;
    return new Write(asked.value(), asked.key(), asked.epoch(), stamp(asked), store);
  }

  @Override
  public boolean isOverloaded() {
    return sync.isOverloaded();
  }

  @Override
  public Future<Void> confirm(String name, VersionVector seen, Duration deadline) {
    return sync.confirm(serving(name).key(), seen, deadline);
  }

  @Override
  public MabeamException notHere(String name) {
    return new MabeamException(
        ErrorCode.UNAVAILABLE, "node " + self + " keeps no replica of '" + name + "' that counts");
  }

  private MabeamException notTaking(VariableInfo variable) {
    return new MabeamException(
        ErrorCode.UNAVAILABLE,
        "node " + self + " takes no writes of '" + variable.name() + "'",
        variable.closing()
            ? "it was deleted and is being forgotten"
            : "ask its master, " + variable.master());
  }

  private MabeamException readOnly(String name) {
    return new MabeamException(
        ErrorCode.READ_ONLY,
        "node " + self + " may not write '" + name + "': it is out of touch with the majority",
        "ask a node on the other side, or wait until the cluster is whole again");
  }

  private Replica serving(String name) {
    Replica replica = replicas.serving(name);
    if (replica == null) {
      throw notHere(name);
    }
    return replica;
  }

  /** What a reader gets counts, which is shorter than what is kept. */
  private static void requireSize(String name, Object value, Resolution resolution) {
    if (Values.atMost(value) > Offered.MAX_VALUE_BYTES) {
      Object read = resolution.read(Siblings.first(value).live());
      Offered.requireSize(name, read, Offered.MAX_VALUE_BYTES);
    }
  }

  private HybridTime stamp(Write asked) {
    if (clock.observe(asked.stamp())) {
      return asked.stamp();
    }
    metrics.ahead();
    return asked.epoch() > 0 ? asked.stamp() : clock.now();
  }
}
