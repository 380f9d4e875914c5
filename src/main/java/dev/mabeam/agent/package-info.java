/**
 * Agents: what users write, the decided directory of who owns which, and the way of a message to
 * its agent.
 */
package dev.mabeam.agent;
