/**
 * The grid: who is here, and what every node shows. One Infinispan cache manager over one JGroups
 * channel gives the view ({@link dev.mabeam.grid.Views}), the replicated caches
 * ({@link dev.mabeam.grid.Knowledge}) and the cluster manager that the clustered event bus runs on.
 * Start at {@link dev.mabeam.grid.Grid}.
 *
 * <p>The only package that imports Infinispan or JGroups; the rooms above see its interfaces, so
 * that the simulation can stand in for it. Knowledge shows, it never decides: it may be a second
 * old, and two sides of a cut hold different contents until they meet again.
 */
package dev.mabeam.grid;
