/**
 * Orchestration variables: named values that the whole cluster reads and writes, each with the
 * consistency, the synchronization and the conflict resolution that it asked for.
 */
package dev.mabeam.variable;
