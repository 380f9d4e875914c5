package dev.mabeam.variable.version;

/** How one version stands to another. */
public enum Causality {
  /** Both contain the same writes. */
  EQUAL,
  /** The other contains everything of this, and more. */
  BEFORE,
  /** This contains everything of the other, and more. */
  AFTER,
  /** Each contains something that the other does not. */
  CONCURRENT
}
