/**
 * A cluster in one thread: virtual time, seeded randomness, and a network that one can cut, delay
 * and break. The classes that run in it are the production ones; only clock, randomness, link
 * transport, bus and grid are replaced. Start at {@link dev.mabeam.testing.sim.Simulation}.
 *
 * <p>The same seed gives the same run, event for event, as long as what runs in it takes time and
 * randomness only from its {@link dev.mabeam.testing.sim.SimNode} and iterates over nothing whose
 * order depends on identity hash codes.
 */
package dev.mabeam.testing.sim;
