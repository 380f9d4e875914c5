/**
 * Measurements that are no commands of {@code mabeam}: each is a {@code main} that starts real
 * processes on loopback and prints JSON. {@code bin/bench NAME} runs one.
 */
package dev.mabeam.testing.bench;
