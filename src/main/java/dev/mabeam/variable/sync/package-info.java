/**
 * How an update travels between the replicas of a variable. Start at {@link
 * dev.mabeam.variable.sync.Synchronizer}; the protocol that passes updates on is {@code Gossip},
 * what repairs whatever it missed is {@code AntiEntropy}, and what fills a replica that came later
 * is {@code Filling}.
 */
package dev.mabeam.variable.sync;
