package dev.mabeam.variable.conflict;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.version.Sibling;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code merge_function} {@code counter}: a write <em>adds</em> its whole number, which may be
 * negative; a reader gets the sum. Each store keeps what was added there, and how often; of one
 * store's sums the one after more additions stands, so that nothing counts twice however often it
 * arrives.
 *
 * <p><em>Not</em> guaranteed: anything about an addition that failed with TIMEOUT; adding it again
 * may count it twice. Whoever has to repeat writes keeps a total of its own under its own key, in a
 * map that is merged by key.
 */
public final class Counter implements Resolution {
  public static final String NAME = "counter";
  static final Counter IT = new Counter();
  private static final String FIRST = "";

  /** What was added at one store. */
  private record Sum(long additions, BigInteger sum) {
    Sum add(BigInteger number) {
      return new Sum(additions + 1, sum.add(number));
    }

    static Sum later(Sum a, Sum b) {
      return a.additions >= b.additions ? a : b;
    }
  }

  @Override
  public Object read(List<Sibling> siblings) {
    return number(
        sums(siblings).values().stream().map(Sum::sum).reduce(BigInteger.ZERO, BigInteger::add));
  }

  @Override
  public Object first(Object value) {
    return value == null ? new JsonObject() : json(Map.of(FIRST, new Sum(1, whole(value))));
  }

  @Override
  public Object write(List<Sibling> siblings, Write write) {
    BigInteger number = whole(Latest.requireWhole(write).value());
    TreeMap<String, Sum> sums = sums(siblings);
    if (number.signum() == 0 && siblings.size() == 1) {
      return null;
    }
    sums.merge(
        own(sums, write.store()),
        new Sum(1, number),
        (before, once) -> before.add(number));
    return json(sums);
  }

  /** What was added before a deletion and comes late is not what is added after it. */
  private static String own(TreeMap<String, Sum> sums, String store) {
    String last = store;
    for (String each : sums.tailMap(store + Write.AGAIN, true).keySet()) {
      if (!each.startsWith(store + Write.AGAIN)) {
        break;
      }
      if (last.length() < each.length()
          || last.length() == each.length() && last.compareTo(each) < 0) {
        last = each;
      }
    }
    return last;
  }

  private static TreeMap<String, Sum> sums(List<Sibling> siblings) {
    TreeMap<String, Sum> sums = new TreeMap<>();
    for (Sibling sibling : siblings) {
      for (Map.Entry<String, Object> entry : (JsonObject) sibling.value()) {
        JsonArray pair = (JsonArray) entry.getValue();
        Sum sum = new Sum(pair.getLong(0), new BigInteger(pair.getValue(1).toString()));
        sums.merge(entry.getKey(), sum, Sum::later);
      }
    }
    return sums;
  }

  private static JsonObject json(Map<String, Sum> sums) {
    JsonObject json = new JsonObject();
    sums.forEach(
        (store, sum) -> json.put(store, new JsonArray().add(sum.additions).add(number(sum.sum))));
    return json;
  }

  private static Object number(BigInteger sum) {
    return sum.bitLength() < Long.SIZE ? (Object) sum.longValueExact() : sum;
  }

  private static BigInteger whole(Object value) {
    if (value instanceof Integer || value instanceof Long || value instanceof BigInteger) {
      return new BigInteger(value.toString());
    }
    throw new MabeamException(
        ErrorCode.INVALID,
        "a variable that is merged by " + NAME + " takes whole numbers",
        "write what is to be added");
  }
}
