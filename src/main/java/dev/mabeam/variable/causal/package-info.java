/**
 * What lies before what, across variables: start at {@link
 * dev.mabeam.variable.causal.CausalDomain}. Values travel as those of every other variable do
 * ({@code sync}); what is here decides when they may be seen.
 */
package dev.mabeam.variable.causal;
