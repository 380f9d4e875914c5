/**
 * Agents whose node is gone: placed again, by the same scoring, at the next epoch ({@link
 * dev.mabeam.recovery.Recovery} says who does it and how). Start at {@link
 * dev.mabeam.recovery.Recoveries}.
 */
package dev.mabeam.recovery;
