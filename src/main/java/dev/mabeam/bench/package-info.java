/**
 * The part of {@code mabeam bench} that runs inside nodes: what is asked, and what asks it as hard
 * as it can. Start at {@link dev.mabeam.bench.BenchPeer}.
 */
package dev.mabeam.bench;
