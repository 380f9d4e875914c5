package dev.mabeam.consensus;

/**
 * Where in the log a command is applied, and what is decided about members there.
 *
 * @param index the command's place in the log; only grows, equal on every node
 * @param members who is in the cluster at that index
 */
public record Applying(long index, Members members) {}
