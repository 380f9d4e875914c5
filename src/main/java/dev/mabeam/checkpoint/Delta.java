package dev.mabeam.checkpoint;

import io.vertx.core.buffer.Buffer;

/** What one write added to a state. */
record Delta(long position, Buffer bytes) {}
