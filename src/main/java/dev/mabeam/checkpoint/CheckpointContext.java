package dev.mabeam.checkpoint;

import dev.mabeam.link.Courier;
import dev.mabeam.time.Scheduler;

/**
 * What a room works with, all of it on one thread.
 *
 * @param courier to the other nodes, hopped to the room's thread; frames of types 48 to 63
 * @param scheduler clock and timers of the room's thread
 * @param store what this process keeps; it outlives the room
 * @param stores which stores there are
 * @param decisions has changes of sets decided
 * @param counts what is counted
 * @param room another number for each room that there ever is
 */
public record CheckpointContext(
    Courier courier,
    Scheduler scheduler,
    CheckpointStore store,
    Stores stores,
    SetDecisions decisions,
    CheckpointCounts counts,
    long room) {}
