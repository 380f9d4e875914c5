package dev.mabeam.testing.check;

import dev.mabeam.variable.conflict.MergeFunction;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * Looks for values that show that a merge function is not what replicas need: commutative,
 * associative and idempotent, the same every time it is called, and leaving alone what it is given.
 *
 * <pre>{@code
 * MergeLaws.require(new Longest(), random -> "x".repeat(random.nextInt(5)) + random.nextInt(3));
 * }</pre>
 *
 * <p>Give it values that are often equal, or equal in what the function compares: that is where
 * laws break. It proves nothing; it finds what a few thousand random triples show. Merged values
 * are tried as arguments too. What breaks is told with the values, and the same on every run.
 */
public final class MergeLaws {
  /** How many triples are tried. */
  public static final int TRIES = 5_000;

  private MergeLaws() {}

  /** Fails with what stands against it. */
  public static void require(MergeFunction function, Function<RandomGenerator, Object> values) {
    violation(function, values)
        .ifPresent(
            why -> {
              throw new AssertionError("merge function '" + function.name() + "' " + why);
            });
  }

  /** What stands against it, if anything. */
  public static Optional<String> violation(
      MergeFunction function, Function<RandomGenerator, Object> values) {
    for (long seed = 0; seed < TRIES; seed++) {
      RandomGenerator random = new SplittableRandom(seed);
      Object a = any(function, values, random);
      Object b = any(function, values, random);
      Object c = any(function, values, random);
      Optional<String> found = violation(function, a, b, c);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /** One of the values, or what two of them come to. */
  private static Object any(
      MergeFunction function, Function<RandomGenerator, Object> values, RandomGenerator random) {
    Object one = values.apply(random);
    return random.nextInt(4) == 0 ? merge(function, one, values.apply(random)) : one;
  }

  private static Optional<String> violation(
      MergeFunction function, Object a, Object b, Object c) {
    Object ab = merge(function, a, b);
    Object left = copy(a);
    Object right = copy(b);
    function.merge(left, right);
    if (!left.equals(copy(a)) || !right.equals(copy(b))) {
      return broken("changes what it is given", a, b, left + " and " + right);
    }
    if (!Objects.equals(ab, merge(function, a, b))) {
      return broken("is not the same every time", a, b, ab);
    }
    if (!Objects.equals(ab, merge(function, b, a))) {
      return broken("is not commutative", a, b, ab + " one way, " + merge(function, b, a));
    }
    if (!Objects.equals(copy(a), merge(function, a, a))) {
      return broken("is not idempotent", a, a, merge(function, a, a));
    }
    Object first = merge(function, ab, c);
    Object last = merge(function, a, merge(function, b, c));
    if (!Objects.equals(first, last)) {
      return broken("is not associative", a, b, "with " + c + " " + first + " or " + last);
    }
    return Optional.empty();
  }

  private static Optional<String> broken(String how, Object a, Object b, Object gave) {
    return Optional.of(how + ": " + a + " and " + b + " gave " + gave);
  }

  private static Object merge(MergeFunction function, Object a, Object b) {
    return copy(Objects.requireNonNull(function.merge(copy(a), copy(b)), "a merge gave null"));
  }

  /** As another node would have it. */
  private static Object copy(Object value) {
    return Json.decodeValue(Json.encodeToBuffer(value));
  }

  /** Any JSON value, small, and often equal to another one. */
  public static Object anyJson(RandomGenerator random) {
    return switch (random.nextInt(6)) {
      case 0 -> random.nextInt(3);
      case 1 -> random.nextInt(3) / 2.0;
      case 2 -> "s" + random.nextInt(3);
      case 3 -> random.nextBoolean();
      case 4 -> new JsonArray().add(random.nextInt(3)).add("s" + random.nextInt(2));
      default -> new JsonObject().put("k" + random.nextInt(2), random.nextInt(3));
    };
  }
}
