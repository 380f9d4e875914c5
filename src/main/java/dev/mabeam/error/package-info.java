/**
 * What goes wrong, named once: the same {@link dev.mabeam.error.ErrorCode} travels over the event
 * bus, over HTTP and out of the command line as an exit code. Start at
 * {@link dev.mabeam.error.MabeamException}; every room may use this one, and it uses none.
 */
package dev.mabeam.error;
