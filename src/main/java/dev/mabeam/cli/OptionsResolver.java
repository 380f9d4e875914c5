package dev.mabeam.cli;

import dev.mabeam.MabeamOptions;
import dev.mabeam.error.MabeamException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A node's options from the three places they may stand in: a flag wins over the environment, the
 * environment over the file, the file over the default.
 *
 * <p>The environment is {@code MABEAM_<OPTION>} for every option (lists separated by commas), and
 * the four variables that deployments of the original design set: {@code NODE_NAME=name@host},
 * {@code CLUSTER_NODES=name@host[:port],…}, {@code CLUSTER_DISCOVERY} and {@code NAMESPACE} (which
 * discovery by Kubernetes reads itself). Where both are set, {@code MABEAM_*} wins.
 */
final class OptionsResolver {
  /** An option's type decides how its variable is read. */
  private enum Type {
    TEXT,
    NUMBER,
    DECIMAL,
    SWITCH,
    LIST
  }

  private static final List<String> DEPLOYMENT =
      List.of("NODE_NAME", "CLUSTER_NODES", "CLUSTER_DISCOVERY", "NAMESPACE");

  private final Map<String, String> environment;

  OptionsResolver(Map<String, String> environment) {
    this.environment = environment;
  }

  /**
   * @param flags what the command line gave, and nothing else, under the options' names
   * @param file the JSON form of {@link MabeamOptions}, or null
   */
  MabeamOptions resolve(JsonObject flags, Path file) {
    JsonObject merged = new JsonObject();
    if (file != null) {
      merged.mergeIn(checked("file " + file, read(file), ExitCodes.CONFIGURATION));
    }
    merged.mergeIn(checked("the environment", fromEnvironment(), ExitCodes.CONFIGURATION));
    merged.mergeIn(checked("the command line", flags, ExitCodes.USAGE));
    return new MabeamOptions(merged);
  }

  private static JsonObject checked(String source, JsonObject layer, int exitCode) {
    try {
      new MabeamOptions(layer);
      return layer;
    } catch (MabeamException invalid) {
      throw new CliException(exitCode, source + ": " + invalid.getMessage(), invalid.hint());
    } catch (RuntimeException invalid) {
      throw new CliException(exitCode, source + ": " + invalid.getMessage(), "");
    }
  }

  private static JsonObject read(Path file) {
    try {
      return new JsonObject(Files.readString(file));
    } catch (IOException failure) {
      throw new CliException(
          ExitCodes.CONFIGURATION,
          "configuration file " + file + " cannot be read: " + Reasons.of(failure),
          "");
    } catch (DecodeException | ClassCastException notJson) {
      throw new CliException(
          ExitCodes.CONFIGURATION,
          "configuration file " + file + " is no JSON object: " + notJson.getMessage(),
          "'mabeam config print' shows the form");
    }
  }

  private JsonObject fromEnvironment() {
    JsonObject layer = fromDeployment();
    JsonObject defaults = new MabeamOptions().toJson();
    for (String option : defaults.fieldNames()) {
      String variable = variable(option);
      String value = environment.get(variable);
      if (value != null && !isServiceLink(value)) {
        layer.put(option, parse(variable, value, type(defaults.getValue(option))));
      }
    }
    return layer;
  }

  /**
   * Kubernetes sets {@code <SERVICE>_PORT=tcp://…} for every service, so a service called
   * {@code mabeam-http} sets MABEAM_HTTP_PORT in every pod beside it. Nobody meant that for us.
   */
  private static boolean isServiceLink(String value) {
    return value.startsWith("tcp://") || value.startsWith("udp://");
  }

  private JsonObject fromDeployment() {
    JsonObject layer = new JsonObject();
    String name = environment.getOrDefault("NODE_NAME", "");
    if (!name.isBlank()) {
      layer.put("name", name.strip());
      if (name.indexOf('@') >= 0) {
        layer.put("bind", host("NODE_NAME", name.strip()));
      }
    }
    String nodes = environment.getOrDefault("CLUSTER_NODES", "");
    if (!nodes.isBlank()) {
      layer.put(
          "seeds", new JsonArray(list(nodes).stream().map(OptionsResolver::seed).toList()));
    }
    String discovery = environment.getOrDefault("CLUSTER_DISCOVERY", "").strip();
    if (discovery.equals("dns")) {
      layer.put("discovery", "dns:" + nameToLookUp(layer));
      layer.remove("seeds");
    } else if (!discovery.isEmpty()) {
      layer.put("discovery", discovery);
    }
    return layer;
  }

  /** {@code dns} alone takes its name from CLUSTER_NODES, which then lists just that. */
  private static String nameToLookUp(JsonObject layer) {
    JsonArray seeds = layer.getJsonArray("seeds", new JsonArray());
    if (seeds.size() != 1) {
      throw bad(
          "CLUSTER_DISCOVERY", "dns",
          "write dns:NAME, or the one name that has all nodes' addresses into CLUSTER_NODES");
    }
    return seeds.getString(0);
  }

  private static String seed(String node) {
    String address = node.indexOf('@') < 0 ? node : host("CLUSTER_NODES", node);
    return address.indexOf(':') < 0 ? address + ":" + MabeamOptions.DEFAULT_LINK_PORT : address;
  }

  private static String host(String variable, String node) {
    String host = node.substring(node.indexOf('@') + 1);
    if (host.isEmpty() || node.startsWith("@")) {
      throw bad(variable, node, "write name@host");
    }
    return host;
  }

  private static List<String> list(String value) {
    return Arrays.stream(value.split(",")).map(String::strip).filter(s -> !s.isEmpty()).toList();
  }

  /** Removes every variable that sets an option, for a child that gets all it needs as flags. */
  static void forgetOptions(Map<String, String> environment) {
    new MabeamOptions().toJson().fieldNames().forEach(name -> environment.remove(variable(name)));
    DEPLOYMENT.forEach(environment::remove);
  }

  /** {@code gridPort} is set by {@code MABEAM_GRID_PORT}. */
  static String variable(String option) {
    return "MABEAM_" + option.replaceAll("([A-Z])", "_$1").toUpperCase(java.util.Locale.ROOT);
  }

  private static Type type(Object value) {
    if (value instanceof Boolean) {
      return Type.SWITCH;
    }
    if (value instanceof Double) {
      return Type.DECIMAL;
    }
    if (value instanceof Number) {
      return Type.NUMBER;
    }
    return value instanceof JsonArray ? Type.LIST : Type.TEXT;
  }

  private static Object parse(String variable, String value, Type type) {
    try {
      return switch (type) {
        case NUMBER -> Integer.valueOf(value.strip());
        case DECIMAL -> Double.valueOf(value.strip());
        case LIST -> new JsonArray(list(value));
        case TEXT -> value.strip();
        case SWITCH ->
            switch (value.strip()) {
              case "true" -> true;
              case "false" -> false;
              default -> throw bad(variable, value, "write true or false");
            };
      };
    } catch (NumberFormatException notNumber) {
      throw bad(variable, value, "write a number");
    }
  }

  private static CliException bad(String variable, String value, String hint) {
    return new CliException(
        ExitCodes.CONFIGURATION,
        "environment: " + variable + "='" + value + "' is not valid",
        hint);
  }
}
