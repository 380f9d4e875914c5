/**
 * The event bus as the rooms above use it: the only builder of addresses
 * ({@link dev.mabeam.bus.Addresses}), and typed request, serve, publish and listen with deadlines
 * ({@link dev.mabeam.bus.Bus}). Delivery is at most once, as Vert.x gives it; a protocol that needs
 * more carries its own sequence numbers and acknowledgements.
 */
package dev.mabeam.bus;
