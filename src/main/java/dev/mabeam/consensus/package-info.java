/**
 * What the cluster decides, once and for all nodes: a replicated log, the state machines that rooms
 * above register with it, and who is a member. It knows no agent and no variable.
 */
package dev.mabeam.consensus;
