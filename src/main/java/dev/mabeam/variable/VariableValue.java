package dev.mabeam.variable;

import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * What a replica has.
 *
 * @param value a JSON value, or null
 * @param version a version vector: store id to the number of its newest write that is contained
 * @param siblings concurrent values that are not settled; empty when there is one value
 * @param node the id of the replica that answered
 * @param stale whether that node had no lease: it may be cut off from a majority that has written
 *     since
 */
public record VariableValue(
    Object value, JsonObject version, List<Object> siblings, String node, boolean stale) {}
