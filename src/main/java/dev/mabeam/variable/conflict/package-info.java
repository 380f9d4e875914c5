/**
 * What concurrent updates become: one class a choice, each a {@link
 * dev.mabeam.variable.conflict.Resolution}.
 */
package dev.mabeam.variable.conflict;
