/**
 * Decides whether what clients saw is what one correct, unreplicated object could have shown them.
 * Start at {@link dev.mabeam.testing.check.History}, which records; then {@link
 * dev.mabeam.testing.check.WingGong} for anything with a {@link
 * dev.mabeam.testing.check.SequentialModel}, {@link dev.mabeam.testing.check.Zones} for registers
 * whose written values are unique. For agents, {@link dev.mabeam.testing.check.AgentHistory} and
 * {@link dev.mabeam.testing.check.AgentHistoryChecker}.
 */
package dev.mabeam.testing.check;
