/**
 * The demo's sample, written as a user would write it: it imports Vert.x, and of mabeam what users
 * get: agents, variables and errors. Readers on all nodes count the words of files and send the
 * counts, sliced by word, to counters on all nodes, which keep one variable up to date; every message
 * is acknowledged, sent again until it is, and counted once, also when agents move or a node is
 * killed: what they have done is their state. {@link dev.mabeam.sample.ReaderAgent}
 * and {@link dev.mabeam.sample.CounterAgent} say how.
 */
package dev.mabeam.sample;
