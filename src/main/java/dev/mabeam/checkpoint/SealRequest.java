package dev.mabeam.checkpoint;

/** A key that is to be sealed. */
record SealRequest(String key, long epoch, long setVersion) {}
