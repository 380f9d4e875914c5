/**
 * A variable's history as signed blocks, each of which names those that its writer had seen, and
 * how it is checked. Values and pure functions, without a cluster; start at {@link
 * dev.mabeam.variable.ledger.Chain}, or at {@link dev.mabeam.variable.ledger.Verifier} for what
 * checks a copy.
 */
package dev.mabeam.variable.ledger;
