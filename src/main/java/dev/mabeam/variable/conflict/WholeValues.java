package dev.mabeam.variable.conflict;

import dev.mabeam.variable.version.Sibling;
import java.util.List;
import java.util.Optional;

/** A write is a whole value, and a reader gets the latest, the same on every node. */
abstract class WholeValues implements Resolution {
  @Override
  public Object read(List<Sibling> siblings) {
    return Latest.unwrap(Latest.of(siblings));
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
