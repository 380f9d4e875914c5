/**
 * Agents that move: the handoff of an agent from one node to another, which loses, doubles and
 * reorders nothing ({@link dev.mabeam.migration.Handoff} has the protocol), and the drain of a node
 * that is to go. Start at {@link dev.mabeam.migration.Migrations}.
 */
package dev.mabeam.migration;
