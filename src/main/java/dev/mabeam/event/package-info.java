/**
 * What happened, told once and remembered for a while: the sealed family of
 * {@link dev.mabeam.event.ClusterEvent}s, published on {@code mabeam.event.<first word of the
 * type>}, and the bounded {@link dev.mabeam.event.EventLog} that each node keeps.
 */
package dev.mabeam.event;
