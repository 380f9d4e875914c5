package dev.mabeam.testing.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.variable.conflict.MergeFunction;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.Test;

class MergeLawsTest {
  @Test
  void shouldFindNothingAgainstWhatIsAJoin() {
    MergeFunction longest =
        named(
            (a, b) -> {
              String one = (String) a;
              String other = (String) b;
              int order = Integer.compare(one.length(), other.length());
              return (order != 0 ? order : one.compareTo(other)) >= 0 ? one : other;
            });
    MergeLaws.require(
        longest, random -> "x".repeat(random.nextInt(4)) + random.nextInt(3));
    MergeLaws.require(named(MergeLawsTest::either), MergeLaws::anyJson);
  }

  /** Of any two values the one whose text is later. */
  private static Object either(Object a, Object b) {
    return a.toString().compareTo(b.toString()) >= 0 ? a : b;
  }

  @Test
  void shouldFindWhatBreaksEachOfTheLaws() {
    requireFound("is not idempotent", (a, b) -> (Integer) a + (Integer) b);
    requireFound("is not commutative", (a, b) -> b);
    requireFound("is not associative", (a, b) -> mean((Integer) a, (Integer) b));
    int[] calls = {0};
    requireFound("is not the same every time", (a, b) -> ++calls[0]);
  }

  private static int mean(int a, int b) {
    return (a + b) / 2;
  }

  @Test
  void shouldFindWhatChangesItsArguments() {
    Optional<String> found =
        MergeLaws.violation(
            named(
                (a, b) -> {
                  TreeSet<Integer> all = new TreeSet<>();
                  ((JsonArray) a).forEach(each -> all.add((Integer) each));
                  ((JsonArray) b).forEach(each -> all.add((Integer) each));
                  JsonArray sorted = ((JsonArray) a).clear();
                  all.forEach(sorted::add);
                  return sorted;
                }),
            random -> new JsonArray().add(random.nextInt(3)));
    assertTrue(found.orElseThrow().startsWith("changes what it is given"), found.toString());
  }

  /** The latest by a field, where two can have the same and differ otherwise. */
  @Test
  void shouldFindATieThatIsNotBroken() {
    AssertionError found =
        assertThrows(
            AssertionError.class,
            () ->
                MergeLaws.require(
                    named((a, b) -> at(a) >= at(b) ? a : b),
                    random ->
                        new JsonObject()
                            .put("at", random.nextInt(5))
                            .put("by", random.nextInt(2))));
    assertTrue(found.getMessage().contains("'f' is not commutative"), found.getMessage());
    assertEquals("f", named((a, b) -> a).name());
  }

  private static int at(Object value) {
    return ((JsonObject) value).getInteger("at");
  }

  private static void requireFound(String law, BinaryOperator<Object> merge) {
    Optional<String> found = MergeLaws.violation(named(merge), random -> random.nextInt(10));
    assertTrue(found.orElse("nothing").startsWith(law), law + ", but found " + found);
  }

  private static MergeFunction named(BinaryOperator<Object> merge) {
    return new MergeFunction() {
      @Override
      public String name() {
        return "f";
      }

      @Override
      public Object merge(Object one, Object other) {
        return merge.apply(one, other);
      }
    };
  }
}
