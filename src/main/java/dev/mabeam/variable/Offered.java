package dev.mabeam.variable;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.conflict.MergeFunctions;
import dev.mabeam.variable.conflict.Resolution;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;
import java.util.regex.Pattern;

/** What a variable may be; everything else is refused with what is offered instead. */
final class Offered {
  /** How long a value may be, as JSON in UTF-8. */
  static final int MAX_VALUE_BYTES = 1 << 20;
  /** How long a first value may be: it is part of the decision. */
  static final int MAX_FIRST_BYTES = 64 << 10;

  static final int MAX_REPLICAS = 1000;
  /** Of the log. */
  static final int MOST_VOTERS = 5;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._@-]{1,128}");

  private static final Set<Consistency> LEVELS = EnumSet.allOf(Consistency.class);
  private static final Set<SyncStrategy> STRATEGIES =
      EnumSet.allOf(SyncStrategy.class);
  private static final Set<ConflictResolution> RESOLUTIONS =
      EnumSet.allOf(ConflictResolution.class);

  private Offered() {}

  /** What this node offers. */
  static void require(String name, VariableOptions options) {
    requireDecided(name, options);
    Resolution.of(options.conflict().word(), options.merge()).first(options.value());
  }

  /** The same on every node: which merge functions of their own users have brought is left out. */
  static void requireDecided(String name, VariableOptions options) {
    requireName(name);
    oneOf("consistency", options.consistency(), LEVELS);
    boolean strong = options.consistency() == Consistency.STRONG;
    oneOf("synchronization", options.sync(), STRATEGIES);
    oneOf("conflict resolution", options.conflict(), RESOLUTIONS);
    if (options.replicationFactor() < 0 || options.replicationFactor() > MAX_REPLICAS) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "a variable cannot have " + options.replicationFactor() + " replicas",
          "0 for every node, or 1 to " + MAX_REPLICAS);
    }
    if (strong && (options.replicationFactor() == 0 || options.replicationFactor() > MOST_VOTERS)) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "a strong variable is kept by the voters, of which there are at most " + MOST_VOTERS
              + ": it cannot have "
              + (options.replicationFactor() == 0 ? "all nodes" : options.replicationFactor())
              + " as replicas",
          "1 to " + MOST_VOTERS + "; every node can read it, wherever it is kept");
    }
    boolean merges = options.conflict() == ConflictResolution.MERGE_FUNCTION;
    if (!merges || MergeFunctions.isBuiltIn(options.merge())) {
      Resolution.of(options.conflict().word(), options.merge()).first(options.value());
    } else if (!MergeFunctions.isName(options.merge())) {
      throw new MabeamException(
          ErrorCode.INVALID, "'" + options.merge() + "' is no name of a merge function");
    }
    requireSize(name, options.value(), MAX_FIRST_BYTES);
  }

  static void requireName(String name) {
    if (name == null || !NAME.matcher(name).matches()) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "'" + name + "' is no name of a variable",
          "1 to 128 of A-Z a-z 0-9 . _ @ -");
    }
  }

  static void requireSize(String name, Object value, int most) {
    if (Values.atMost(value) <= most) {
      return;
    }
    requireSize(
        name,
        value instanceof Buffer raw
            ? raw.length()
            : Json.encode(value).getBytes(StandardCharsets.UTF_8).length,
        most);
  }

  /** Of a value that is encoded. */
  static void requireSize(String name, int bytes, int most) {
    if (bytes > most) {
      throw new MabeamException(
          ErrorCode.TOO_LARGE,
          "the value of '" + name + "' would have " + bytes + " bytes",
          "at most " + most + " are taken here");
    }
  }

  static MabeamException noSuch(String name) {
    return new MabeamException(
        ErrorCode.NOT_FOUND, "there is no variable '" + name + "'", "distribute it first");
  }

  /** Something of the interface that nobody has built. */
  static MabeamException not(String what, String offered) {
    return new MabeamException(
        ErrorCode.INVALID, what + " is not offered", "offered: " + offered);
  }

  private static <E extends Enum<E>> void oneOf(String what, E asked, Set<E> offered) {
    if (!offered.contains(asked)) {
      throw Words.notOffered(what, Words.of(asked), offered);
    }
  }
}
