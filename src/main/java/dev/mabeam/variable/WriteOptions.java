package dev.mabeam.variable;

/**
 * How one write is done.
 *
 * @param acks how many replicas have to have it: {@code "1"} or {@code "majority"}
 */
public record WriteOptions(String acks) {
  public static final WriteOptions DEFAULT = new WriteOptions("1");
}
