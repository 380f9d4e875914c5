/**
 * Where an agent should run. {@link dev.mabeam.placement.Placement} is the rule, a pure function of
 * a {@link dev.mabeam.placement.ClusterSnapshot}; {@link dev.mabeam.placement.Placer} keeps that
 * snapshot for a node and remembers what it has placed. Start at the former.
 */
package dev.mabeam.placement;
