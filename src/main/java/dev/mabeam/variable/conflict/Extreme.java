package dev.mabeam.variable.conflict;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.version.Sibling;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * {@code merge_function} {@code max} or {@code min}: the greatest or the smallest number that was
 * ever written, the first value included; null before there is one. A number that is neither
 * changes nothing.
 */
public final class Extreme implements Resolution {
  public static final String MAX = "max";
  public static final String MIN = "min";

  private static final Comparator<Object> BY_SIZE =
      Comparator.comparing((Object number) -> new BigDecimal(number.toString()))
          // 1 and 1.0 are as great as each other, and one of them has to stand everywhere.
          .thenComparing(Object::toString);

  static final Extreme GREATEST = new Extreme(MAX, BY_SIZE);
  static final Extreme SMALLEST = new Extreme(MIN, BY_SIZE.reversed());

  private final String name;
  private final Comparator<Object> order;

  private Extreme(String name, Comparator<Object> order) {
    this.name = name;
    this.order = order;
  }

  @Override
  public Object read(List<Sibling> siblings) {
    return extreme(siblings.stream().map(Latest::unwrap));
  }

  @Override
  public Object first(Object value) {
    return Latest.wrap(value == null ? null : number(value));
  }

  @Override
  public Object write(List<Sibling> siblings, Write write) {
    Object before = read(siblings);
    Object next = number(Latest.requireWhole(write).value());
    Object after = extreme(Stream.of(next, before));
    return siblings.size() == 1 && after.equals(before) ? null : Latest.wrap(after);
  }

  private Object extreme(Stream<Object> numbers) {
    List<Object> some = numbers.filter(Objects::nonNull).toList();
    return some.stream().max(order).orElse(null);
  }

  private Object number(Object value) {
    if (value instanceof Number number) {
      return number;
    }
    throw new MabeamException(
        ErrorCode.INVALID, "a variable that is merged by " + name + " takes numbers");
  }
}
