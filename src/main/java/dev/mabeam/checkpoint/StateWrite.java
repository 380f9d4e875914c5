package dev.mabeam.checkpoint;

import io.vertx.core.buffer.Buffer;

/** What a write does to the state of its key. */
public sealed interface StateWrite {
  /** Nothing: it is as it was. */
  record Unchanged() implements StateWrite {}

  /** It is this, in the form of that version. */
  record Base(int version, Buffer state) implements StateWrite {}

  /** It is what it was, and this on top. */
  record Delta(Buffer change) implements StateWrite {}

  StateWrite UNCHANGED = new Unchanged();
}
