/**
 * What an embedder imports first: {@code Mabeam} starts a node and closes it in order,
 * {@link dev.mabeam.MabeamOptions} says how. Everything a node consists of is put together here,
 * and only the command line is above.
 */
package dev.mabeam;
