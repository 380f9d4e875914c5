package dev.mabeam.variable.sync;

/**
 * Something that is kept here under a key for as long as it lives. It is remembered in place of its
 * key, which is made anew each time that somebody asks.
 */
public interface Keyed {
  String key();

  /** Whether that is its {@link #key}. */
  boolean isKey(String key);
}
