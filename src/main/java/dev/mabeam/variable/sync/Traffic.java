package dev.mabeam.variable.sync;

/** Hears how much synchronization sends. */
@FunctionalInterface
public interface Traffic {
  /** A message was sent: {@code push}, {@code digest} or {@code fill}. */
  void sent(String kind, int bytes);
}
