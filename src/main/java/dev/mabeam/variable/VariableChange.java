package dev.mabeam.variable;

/**
 * What a watcher hears.
 *
 * @param value as a read would have got it
 * @param skipped how many earlier changes this watcher was too slow for
 */
public record VariableChange(String name, VariableValue value, long skipped) {}
