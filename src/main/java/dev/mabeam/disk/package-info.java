/**
 * What outlives a process: the files of a directory, and when what is written to them is there for
 * good. Start at {@link dev.mabeam.disk.Disk}; {@link dev.mabeam.disk.Batches} is a journal on it.
 */
package dev.mabeam.disk;
