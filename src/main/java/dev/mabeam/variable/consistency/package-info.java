/**
 * What a caller may see: one class a level, start at {@link
 * dev.mabeam.variable.consistency.Level}. Who else keeps a variable and how an update gets there is
 * none of their business ({@code sync}), nor what concurrent updates become ({@code conflict}).
 */
package dev.mabeam.variable.consistency;
