/**
 * Where an agent should run: filters and scores as pure functions of a snapshot of the cluster.
 */
package dev.mabeam.placement;
