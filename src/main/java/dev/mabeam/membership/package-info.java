/**
 * Who is in the cluster and how each node is: every node publishes one
 * {@link dev.mabeam.membership.NodeInfo} of its own once a second, in the replicated cache
 * {@code mabeam.nodes} and by gossip along the overlay topology, and lays its own verdicts over
 * what the others say of themselves. Start at {@link dev.mabeam.membership.Membership}; the verdicts are
 * in {@code VerdictRules}, what is known in {@code NodeTable}.
 *
 * <p>All of it is knowledge: for people, dashboards and the choice of a place. It may be a second
 * old, differs across a cut, and no decision rests on it.
 */
package dev.mabeam.membership;
