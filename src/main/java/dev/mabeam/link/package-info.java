/**
 * The control connection between each pair of nodes, and how a node finds its cluster through it.
 * Start at {@link dev.mabeam.link.Link}; the protocol by which seeds found a cluster is told above
 * {@code Founding}. Everything here runs on one event loop of its own, or on the simulation's
 * thread, and knows nothing of the grid or of the clustered event bus.
 */
package dev.mabeam.link;
