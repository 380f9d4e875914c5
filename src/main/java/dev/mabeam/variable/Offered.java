package dev.mabeam.variable;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.conflict.Resolution;
import io.vertx.core.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/** What a variable may be; everything else is refused with what is offered instead. */
final class Offered {
  /** How long a value may be, as JSON in UTF-8. */
  static final int MAX_VALUE_BYTES = 1 << 20;
  /** How long a first value may be: it is part of the decision. */
  static final int MAX_FIRST_BYTES = 64 << 10;

  static final int MAX_REPLICAS = 1000;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._@-]{1,128}");

  private Offered() {}

  static void require(String name, VariableOptions options) {
    requireName(name);
    only("consistency", options.consistency(), "eventual");
    only("synchronization", options.sync(), "gossip", "leader_follower", "multi_master");
    if (options.replicationFactor() < 0 || options.replicationFactor() > MAX_REPLICAS) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "a variable cannot have " + options.replicationFactor() + " replicas",
          "0 for every node, or 1 to " + MAX_REPLICAS);
    }
    Resolution.of(options.conflict(), options.merge()).first(options.value());
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
    int bytes = Json.encode(value).getBytes(StandardCharsets.UTF_8).length;
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

  private static void only(String what, String asked, String... offered) {
    if (!List.of(offered).contains(String.valueOf(asked))) {
      throw new MabeamException(
          ErrorCode.INVALID,
          what + " '" + asked + "' is not offered",
          "offered: " + String.join(", ", offered));
    }
  }
}
