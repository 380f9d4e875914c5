/**
 * The command line. Start at {@link dev.mabeam.cli.MabeamCli}: one class a command; all but
 * {@code node} and {@code demo} are HTTP clients of any node and join nothing, so they load no
 * Vert.x but its JSON and answer within a moment. Nothing else may use this room.
 *
 * <p>Data goes to standard output, everything said about it to standard error. The exit codes are
 * {@link dev.mabeam.cli.ExitCodes}.
 */
package dev.mabeam.cli;
