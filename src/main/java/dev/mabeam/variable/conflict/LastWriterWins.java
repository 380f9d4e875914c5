package dev.mabeam.variable.conflict;

import dev.mabeam.variable.version.Sibling;
import java.util.List;
import java.util.Optional;

/**
 * {@code last_writer_wins}: of writes that have not seen each other the latest by hybrid time
 * stands, of two at the same time that of the greater store id; the others are gone. One that has
 * seen another one replaces it, whatever the clocks say.
 */
public final class LastWriterWins implements Resolution {
  public static final String NAME = "last_writer_wins";
  static final LastWriterWins IT = new LastWriterWins();

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
