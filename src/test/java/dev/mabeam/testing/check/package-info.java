/**
 * Decides whether what clients saw is what one correct, unreplicated object could have shown them.
 * Start at {@link dev.mabeam.testing.check.History}, which records; then {@link
 * dev.mabeam.testing.check.WingGong} for anything with a {@link
 * dev.mabeam.testing.check.SequentialModel}, {@link dev.mabeam.testing.check.Zones} for registers
 * whose written values are unique. For what is weaker, {@link
 * dev.mabeam.testing.check.SessionHistory} (the four guarantees of a session), {@link
 * dev.mabeam.testing.check.CausalHistory} and {@link dev.mabeam.testing.check.CausalSets}
 * (causality, of registers and of collections), and {@link dev.mabeam.testing.check.Convergence}.
 * For agents, {@link dev.mabeam.testing.check.AgentHistory} and
 * {@link dev.mabeam.testing.check.AgentHistoryChecker}.
 */
package dev.mabeam.testing.check;
