/**
 * The test kit: clusters to test against, in one JVM ({@link dev.mabeam.testing.TestCluster}) and,
 * below, the simulation; real networks to cut ({@link dev.mabeam.testing.Namespaces}) and real
 * processes to kill and pause in them ({@link dev.mabeam.testing.Processes}), whole nodes too
 * ({@link dev.mabeam.testing.ProcessCluster}), at random ({@link
 * dev.mabeam.testing.Nemesis}). It is for users of mabeam too, and is shipped as a jar of its own.
 */
package dev.mabeam.testing;
