package dev.mabeam.dashboard;

import dev.mabeam.event.Events;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Context;
import java.util.function.BooleanSupplier;

/**
 * What a node gives its HTTP side. The giver keeps owning all of it.
 *
 * @param events the node's events, used only on {@code eventsContext}
 * @param eventsContext the context that {@code events} belongs to
 * @param roomOnDisk whether there is room for what the node keeps, from any thread
 * @param cachesRunning whether the grid's caches run, from any thread
 * @param stopping whether the node is on its way out, from any thread
 * @param registry what {@code /metrics} shows; see {@link Metrics#registry()}
 * @param version the version of mabeam to state
 */
public record DashboardContext(
    DashboardOptions options,
    ClusterAccess cluster,
    Events events,
    Context eventsContext,
    BooleanSupplier roomOnDisk,
    BooleanSupplier cachesRunning,
    BooleanSupplier stopping,
    PrometheusMeterRegistry registry,
    String version) {}
