package dev.mabeam.variable;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.Packer;
import dev.mabeam.link.Unpacker;
import dev.mabeam.time.HybridTime;
import dev.mabeam.variable.conflict.Resolution;
import dev.mabeam.variable.conflict.Write;
import dev.mabeam.variable.consistency.Strong;
import dev.mabeam.variable.version.Dot;
import dev.mabeam.variable.version.Sibling;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.pcollections.TreePMap;

/**
 * What strong variables hold: decided, so there is one value at each index of the log, and never
 * two that have not seen each other. A write takes the place of what is there as the variable's
 * resolution has it: it adds to a counter, it sets the keys of a map that it names; an epoch fences
 * them.
 *
 * <p>One command carries many writes. Each has an outcome of its own: one that is refused keeps
 * none of the others from being done. What several writes of one command leave of a variable has
 * the command's index as its version, so a version names one value that somebody could see.
 *
 * <p>Part of {@link VariableDefinitions}, on its thread; {@link #get} on any.
 */
final class StrongValues {
  /** What one write does. */
  enum Kind {
    SET,
    COMPARE_AND_SET,
    /** The same, if the version is the one that is expected. */
    SET_IF_VERSION,
    DELETE
  }

  /**
   * One write, as it stands in the log.
   *
   * @param expected JSON or bytes, for {@link Kind#COMPARE_AND_SET}
   * @param version for {@link Kind#SET_IF_VERSION}
   */
  record Command(String name, Kind kind, Object expected, long version, Write write) {
    void encode(Packer to) {
      to.text(name).octet(kind.ordinal()).number(version);
      Values.encode(to, expected);
      Values.encode(to, write.value());
      to.flag(write.key() != null).text(write.key() == null ? "" : write.key());
      to.number(write.epoch()).number(write.stamp().millis()).number(write.stamp().counter());
      to.text(write.store());
    }

    static Command decode(Unpacker from) {
      String name = from.text();
      Kind kind = Kind.values()[from.octet()];
      long version = from.number();
      Object expected = Values.decode(from);
      Object value = Values.decode(from);
      boolean keyed = from.flag();
      String key = from.text();
      long epoch = from.number();
      HybridTime stamp = new HybridTime(from.number(), from.number());
      Write write = new Write(value, keyed ? key : null, epoch, stamp, from.text());
      return new Command(name, kind, expected, version, write);
    }
  }

  /**
   * What a variable holds.
   *
   * @param version the index of the command that left it; 0 for the first value
   * @param sibling in the form of the resolution; null if it is deleted
   */
  record Held(long version, Sibling sibling) {
    boolean deleted() {
      return sibling == null;
    }

    Object value(Resolution resolution) {
      return deleted() ? null : resolution.read(List.of(sibling));
    }
  }

  /** What one write came to: what it left, or why it was refused. */
  record Outcome(Held held, Object value, MabeamException refusal) {
    private void encode(Packer to) {
      to.flag(refusal == null);
      if (refusal == null) {
        to.number(held.version).flag(held.deleted());
        Values.encode(to, value);
      } else {
        to.text(refusal.code().name()).text(refusal.getMessage()).text(refusal.hint());
      }
    }
  }

  /** An outcome as the proposer gets it. */
  record Done(long version, boolean deleted, Object value, MabeamException refusal) {
    static Done decode(Unpacker from) {
      if (from.flag()) {
        return new Done(from.number(), from.flag(), Values.decode(from), null);
      }
      ErrorCode code = ErrorCode.valueOf(from.text());
      return new Done(0, false, null, new MabeamException(code, from.text(), from.text()));
    }
  }

  private volatile TreePMap<String, Held> values = TreePMap.empty();

  /** What it holds; null if nothing was written since it was made. */
  Held get(String name) {
    return values.get(name);
  }

  void forget(String name) {
    values = values.minus(name);
  }

  /** The body of a command with these writes. */
  static void encode(Packer to, List<Command> commands) {
    to.number(commands.size());
    commands.forEach(command -> command.encode(to));
  }

  /**
   * Does the writes of the command at {@code index}, in their order.
   *
   * @param changed takes what is another value now
   */
  Buffer apply(
      long index,
      Unpacker from,
      Function<String, VariableInfo> definitions,
      Map<String, Held> changed) {
    TreePMap<String, Held> now = values;
    Packer answers = new Packer(Buffer.buffer(64));
    int count = from.count();
    answers.number(count);
    for (int i = 0; i < count; i++) {
      Command command = Command.decode(from);
      Outcome outcome = apply(index, command, definitions.apply(command.name), now);
      if (outcome.refusal == null && outcome.held.version == index) {
        now = now.plus(command.name, outcome.held);
        changed.put(command.name, outcome.held);
      }
      outcome.encode(answers);
    }
    values = now;
    return answers.buffer();
  }

  private static Outcome apply(
      long index, Command command, VariableInfo info, TreePMap<String, Held> now) {
    try {
      if (info == null || info.options().consistency() != Consistency.STRONG) {
        throw Offered.noSuch(command.name);
      }
      Resolution resolution = resolution(info);
      Held before = now.getOrDefault(command.name, first(info));
      requireExpected(command, before, resolution);
      Held after =
          command.kind == Kind.DELETE
              ? new Held(index, null)
              : written(index, command, before, resolution);
      // What a whole value became is what its writer has; what was merged nobody else can know.
      boolean merged = info.options().conflict() == ConflictResolution.MERGE_FUNCTION;
      return new Outcome(after, merged ? after.value(resolution) : null, null);
    } catch (MabeamException refused) {
      return new Outcome(null, null, refused);
    }
  }

  private static Held written(long index, Command command, Held before, Resolution resolution) {
    List<Sibling> live =
        List.of(before.deleted() ? empty(resolution) : before.sibling);
    Write write = command.write;
    Object value = resolution.write(live, write);
    if (value == null) {
      return before;
    }
    Held after =
        new Held(index, new Sibling(new Dot(Strong.LOG, index), write.stamp(), value));
    Offered.requireSize(command.name, after.value(resolution), Offered.MAX_VALUE_BYTES);
    return after;
  }

  private static void requireExpected(Command command, Held before, Resolution resolution) {
    boolean holds =
        switch (command.kind) {
          case COMPARE_AND_SET ->
              Objects.equals(before.value(resolution), command.expected);
          case SET_IF_VERSION -> before.version == command.version;
          default -> true;
        };
    if (!holds) {
      throw new MabeamException(
          ErrorCode.CONFLICT,
          "variable '" + command.name + "' has another value, of version " + before.version,
          "read it and decide again");
    }
  }

  static Held first(VariableInfo info) {
    Resolution resolution = resolution(info);
    Object value = resolution.first(info.options().value());
    return new Held(0, new Sibling(new Dot(Strong.LOG, 0), HybridTime.ZERO, value));
  }

  private static Sibling empty(Resolution resolution) {
    return new Sibling(new Dot(Strong.LOG, 0), HybridTime.ZERO, resolution.first(null));
  }

  static Resolution resolution(VariableInfo info) {
    return Resolution.of(info.options().conflict().word(), info.options().merge());
  }

  /** Everything, for an image; encoded when it is run. */
  Runnable image(Packer to) {
    TreePMap<String, Held> now = values;
    return () -> {
      to.number(now.size());
      now.forEach(
          (name, held) -> {
            to.text(name).number(held.version).flag(held.deleted());
            if (!held.deleted()) {
              HybridTime stamp = held.sibling.stamp();
              to.number(stamp.millis()).number(stamp.counter());
              to.bytes(Json.encodeToBuffer(held.sibling.value()));
            }
          });
    };
  }

  /** Takes over what {@link #image} wrote; what is another value then than before. */
  Map<String, Held> restore(Unpacker from) {
    TreePMap<String, Held> restored = TreePMap.empty();
    for (int left = from.count(); left > 0; left--) {
      String name = from.text();
      long version = from.number();
      Sibling sibling = null;
      if (!from.flag()) {
        HybridTime stamp = new HybridTime(from.number(), from.number());
        sibling = new Sibling(new Dot(Strong.LOG, version), stamp, Json.decodeValue(from.bytes()));
      }
      restored = restored.plus(name, new Held(version, sibling));
    }
    Map<String, Held> changed = new LinkedHashMap<>();
    for (Map.Entry<String, Held> each : restored.entrySet()) {
      Held before = values.get(each.getKey());
      if (before == null || before.version != each.getValue().version) {
        changed.put(each.getKey(), each.getValue());
      }
    }
    values = restored;
    return changed;
  }
}
