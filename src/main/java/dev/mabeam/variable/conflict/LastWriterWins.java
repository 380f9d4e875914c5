package dev.mabeam.variable.conflict;

/**
 * {@code last_writer_wins}: of writes that have not seen each other the latest by hybrid time
 * stands, of two at the same time that of the greater store id; the others are gone. One that has
 * seen another one replaces it, whatever the clocks say.
 */
public final class LastWriterWins extends WholeValues {
  public static final String NAME = "last_writer_wins";
  static final LastWriterWins IT = new LastWriterWins();
}
