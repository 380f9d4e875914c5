package dev.mabeam.consensus;

import dev.mabeam.link.Courier;
import dev.mabeam.time.Scheduler;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/**
 * What a log runs on.
 *
 * @param scheduler the log's thread, on which everything is called and calls back
 * @param random the node's randomness
 * @param courier carries the log's messages; its handler passes frames of type {@link
 *     FrameType#LOG} to {@link Log#receive}
 * @param encoder runs what takes long: encoding images, writing them
 * @param settings how much at a time
 */
record LogContext(
    Scheduler scheduler,
    RandomGenerator random,
    Courier courier,
    Executor encoder,
    LogSettings settings) {}
