/**
 * How an update travels between the replicas of a variable. Start at {@link
 * dev.mabeam.variable.sync.Synchronizer}; what passes updates on is one {@code Strategy} a choice
 * ({@code Gossip}, {@code LeaderFollower}, {@code MultiMaster}). Common to all: {@code AntiEntropy}
 * repairs whatever one missed, {@code Filling} fills a replica that came later, {@code Confirming}
 * waits for majorities, {@code Handovers} gives away what a replica has that is none any more.
 */
package dev.mabeam.variable.sync;
