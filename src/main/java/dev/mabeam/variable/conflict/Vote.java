package dev.mabeam.variable.conflict;

import dev.mabeam.variable.version.Sibling;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * {@code consensus}: writes that have not seen each other stay beside each other until the replicas
 * have voted which one stands; the others are gone then. Until that is decided, which takes a
 * majority, a reader gets the latest of them and the others as siblings, and a write that has seen
 * them settles it as well.
 */
public final class Vote implements Resolution {
  public static final String NAME = "consensus";
  static final Vote IT = new Vote();

  @Override
  public Object read(List<Sibling> siblings) {
    return Latest.unwrap(Latest.of(siblings));
  }

  @Override
  public List<Object> siblings(List<Sibling> siblings) {
    Sibling latest = Latest.of(siblings);
    return Arrays.asList(
        siblings.stream().filter(each -> each != latest).map(Latest::unwrap).toArray());
  }

  @Override
  public Optional<Sibling> winner(List<Sibling> siblings) {
    return Optional.of(Latest.of(siblings));
  }

  @Override
  public Object first(Object value) {
    return Latest.wrap(value);
  }

  @Override
  public Object write(List<Sibling> siblings, Write write) {
    return Latest.wrap(Latest.requireWhole(write).value());
  }
}
