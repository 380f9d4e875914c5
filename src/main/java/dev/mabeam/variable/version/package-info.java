/**
 * What was written, and what a writer had seen: dots, version vectors and sets of siblings. Pure
 * values; start at {@link dev.mabeam.variable.version.Siblings}.
 */
package dev.mabeam.variable.version;
