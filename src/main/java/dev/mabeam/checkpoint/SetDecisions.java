package dev.mabeam.checkpoint;

import java.util.List;
import java.util.Map;

/**
 * Has changes of sets decided. What became of it is heard by {@link Writer#changed}; what was
 * refused or lost is asked for again.
 */
public interface SetDecisions {
  /**
   * A store is silent: it is to be in no set of these keys any more.
   *
   * @param epochs of the keys, as their owner knows them
   */
  void drop(String store, Map<String, Long> epochs);

  /** A key's set of that version is filled: the one before it is over. */
  void filled(String key, long epoch, long version);

  /** A key's set of that version is to be followed by these stores. */
  void change(String key, long epoch, long version, List<String> stores);
}
