/**
 * The demo's sample, written as a user would write it: it imports nothing but Vert.x. Readers on
 * all nodes count the words of files and send the counts, sliced by word, to counters on all nodes;
 * every message is acknowledged, sent again until it is, and counted once.
 * {@link dev.mabeam.sample.ReaderVerticle} says how.
 */
package dev.mabeam.sample;
