/**
 * Time as an argument. Whatever waits, ages or expires takes a {@link dev.mabeam.time.Scheduler},
 * so that the simulation and the tests turn the clock by hand. Nothing else in the project reads
 * a system clock.
 */
package dev.mabeam.time;
