/**
 * Users' plain verticles: which code may run ({@link dev.mabeam.verticle.UserCode}), where it runs
 * and what runs ({@link dev.mabeam.verticle.Verticles}). Start at {@code Verticles}; the dashboard
 * and the composition of a node call it, nothing below does.
 *
 * <p>A plain verticle is started where it was asked for and stays there. It is not moved, and not
 * started again elsewhere when its node dies.
 */
package dev.mabeam.verticle;
