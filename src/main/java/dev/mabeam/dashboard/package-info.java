/**
 * A node over HTTP: the API that {@code openapi.json} describes, the stream that the dashboard
 * lives on, the dashboard's files, health and metrics. Start at {@link
 * dev.mabeam.dashboard.DashboardVerticle}; what it needs of the node is in {@link
 * dev.mabeam.dashboard.DashboardContext}.
 *
 * <p>Everything here shows or passes on; nothing here decides about the cluster. One event loop
 * runs it, not necessarily the one that runs the rest of the node.
 */
package dev.mabeam.dashboard;
