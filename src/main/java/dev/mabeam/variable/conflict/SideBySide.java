package dev.mabeam.variable.conflict;

import dev.mabeam.variable.version.Sibling;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Writes that have not seen each other stay beside each other: a reader gets the latest of them, the
 * same on every node, and the others as siblings. Who settles it, and how, is the choice's.
 */
abstract class SideBySide implements Resolution {
  @Override
  public Object read(List<Sibling> siblings) {
    return Latest.unwrap(Latest.of(siblings));
  }

  @Override
  public List<Object> siblings(List<Sibling> siblings) {
    if (siblings.size() == 1) {
      return List.of();
    }
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
