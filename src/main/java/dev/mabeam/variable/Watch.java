package dev.mabeam.variable;

import io.vertx.core.Future;

/** Somebody hears of a variable's changes, until it is closed. */
public interface Watch {
  /** Nothing is told any more once this has completed. */
  Future<Void> close();
}
