/**
 * The last states of agents, kept on several nodes: written by one owner, fenced by its epoch, and
 * recoverable from any one store that has to have them.
 */
package dev.mabeam.checkpoint;
