package dev.mabeam.variable;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.Packer;
import dev.mabeam.link.Unpacker;
import dev.mabeam.time.HybridTime;
import dev.mabeam.variable.conflict.Resolution;
import dev.mabeam.variable.conflict.VectorClocks;
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
   * @param expected for {@link Kind#COMPARE_AND_SET}
   * @param version for {@link Kind#SET_IF_VERSION}
   * @param key whose slice of a map it is, or null
   * @param store whoever proposes it: breaks the tie of two equal stamps
   */
  record Command(
      String name,
      Kind kind,
      Values.Packed expected,
      long version,
      Values.Packed value,
      String key,
      long epoch,
      HybridTime stamp,
      String store) {
    static Command of(String name, Kind kind, Object expected, long version, Write write) {
      return new Command(
          name,
          kind,
          Values.Packed.of(expected),
          version,
          Values.Packed.of(write.value()),
          write.key(),
          write.epoch(),
          write.stamp(),
          write.store());
    }

    /** How long its values are. */
    long bytes() {
      return expected.bytes().length() + value.bytes().length();
    }

    void encode(Packer to) {
      to.text(name).octet(kind.ordinal()).number(version);
      expected.encode(to);
      value.encode(to);
      to.flag(key != null).text(key == null ? "" : key);
      to.number(epoch).number(stamp.millis()).number(stamp.counter());
      to.text(store);
    }

    static Command decode(Unpacker from) {
      String name = from.text();
      Kind kind = Kind.values()[from.octet()];
      long version = from.number();
      Values.Packed expected = Values.Packed.decode(from);
      Values.Packed value = Values.Packed.decode(from);
      boolean keyed = from.flag();
      String key = from.text();
      long epoch = from.number();
      HybridTime stamp = new HybridTime(from.number(), from.number());
      return new Command(
          name, kind, expected, version, value, keyed ? key : null, epoch, stamp, from.text());
    }

    /** Whether it says by itself what is there after it; else that is the resolution's to say. */
    private boolean isWhole(VariableInfo info) {
      return key == null && epoch == 0 && !isMerged(info);
    }

    private Write write() {
      return new Write(value.value(), key, epoch, stamp, store);
    }
  }

  /**
   * What a variable holds: nothing, if it is deleted, or one of the two forms.
   *
   * @param version the index of the command that left it; 0 for the first value
   * @param whole as it was written
   * @param made in the form of the resolution, which made it of what was written
   */
  record Held(long version, HybridTime stamp, Values.Packed whole, Object made) {
    boolean deleted() {
      return whole == null && made == null;
    }

    Object value(Resolution resolution) {
      if (whole != null) {
        return whole.value();
      }
      return made == null ? null : resolution.read(List.of(sibling()));
    }

    /** In the form of the resolution; not of what is deleted. */
    Sibling sibling() {
      Object value = made == null ? WHOLE.first(whole.value()) : made;
      return new Sibling(new Dot(Strong.LOG, version), stamp, value);
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

  /** Makes the form that whole values have under any resolution that takes such. */
  private static final Resolution WHOLE = Resolution.of(VectorClocks.NAME, null);

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
      VariableInfo info = definitions.apply(command.name);
      Outcome outcome = apply(index, command, info, now);
      if (outcome.refusal == null && outcome.held.version == index) {
        // The same object as everywhere else: it is compared at a glance, and takes no memory.
        String name = info.name();
        now = now.plus(name, outcome.held);
        changed.put(name, outcome.held);
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
      Held before = isBlind(command, info) ? null : now.getOrDefault(command.name, first(info));
      requireExpected(command, before, info);
      Held after =
          command.kind == Kind.DELETE
              ? new Held(index, HybridTime.ZERO, null, null)
              : written(index, command, before, info);
      // What a whole value became is what its writer has; what was merged nobody else can know.
      return new Outcome(after, isMerged(info) ? after.value(resolution(info)) : null, null);
    } catch (MabeamException refused) {
      return new Outcome(null, null, refused);
    }
  }

  /** Whether it is the same whatever was there. */
  private static boolean isBlind(Command command, VariableInfo info) {
    return command.kind == Kind.DELETE || command.kind == Kind.SET && command.isWhole(info);
  }

  private static boolean isMerged(VariableInfo info) {
    return info.options().conflict() == ConflictResolution.MERGE_FUNCTION;
  }

  private static Held written(long index, Command command, Held before, VariableInfo info) {
    if (command.isWhole(info)) {
      Offered.requireSize(
          command.name, command.value.bytes().length(), Offered.MAX_VALUE_BYTES);
      return new Held(index, command.stamp, command.value, null);
    }
    Resolution resolution = resolution(info);
    Sibling live = before.deleted() ? empty(resolution) : before.sibling();
    Object made = resolution.write(List.of(live), command.write());
    if (made == null) {
      return before;
    }
    Held after = new Held(index, command.stamp, null, made);
    Offered.requireSize(command.name, after.value(resolution), Offered.MAX_VALUE_BYTES);
    return after;
  }

  private static void requireExpected(Command command, Held before, VariableInfo info) {
    boolean holds =
        switch (command.kind) {
          case COMPARE_AND_SET ->
              Objects.equals(before.value(resolution(info)), command.expected.value());
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
    return new Held(0, HybridTime.ZERO, null, value);
  }

  /** The inverse of {@link Held#sibling}. */
  private static Held held(long version, HybridTime stamp, Object value, VariableInfo info) {
    Held made = new Held(version, stamp, null, value);
    return info == null || isMerged(info)
        ? made
        : new Held(version, stamp, Values.Packed.of(made.value(WHOLE)), null);
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
              to.number(held.stamp.millis()).number(held.stamp.counter());
              to.bytes(Json.encodeToBuffer(held.sibling().value()));
            }
          });
    };
  }

  /** Takes over what {@link #image} wrote; what is another value then than before. */
  Map<String, Held> restore(Unpacker from, Function<String, VariableInfo> definitions) {
    TreePMap<String, Held> restored = TreePMap.empty();
    for (int left = from.count(); left > 0; left--) {
      String name = from.text();
      long version = from.number();
      Held held = new Held(version, HybridTime.ZERO, null, null);
      if (!from.flag()) {
        HybridTime stamp = new HybridTime(from.number(), from.number());
        held = held(version, stamp, Json.decodeValue(from.bytes()), definitions.apply(name));
      }
      restored = restored.plus(name, held);
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
