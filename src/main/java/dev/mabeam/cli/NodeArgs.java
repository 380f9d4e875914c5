package dev.mabeam.cli;

import dev.mabeam.MabeamOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Option;

/** The flags of a node. Only what is given counts: the rest comes from environment and file. */
final class NodeArgs {
  @Option(names = "--name", paramLabel = "NAME", description = "unique in the cluster (node)")
  private String name;

  @Option(
      names = "--seed",
      paramLabel = "HOST:PORT",
      description =
          "link address of a node of the cluster, or of one that founds it too; again for more")
  private List<String> seeds;

  @Option(names = "--bootstrap", description = "found a cluster alone if no seed leads to one")
  private Boolean bootstrap;

  @Option(
      names = "--discovery",
      paramLabel = "HOW",
      description = "static, dns:NAME, kubernetes or multicast (static)")
  private String discovery;

  @Option(
      names = "--bootstrap-expect",
      paramLabel = "N",
      description = "how many discovered nodes found a cluster together")
  private Integer bootstrapExpect;

  @Option(
      names = "--join-timeout",
      paramLabel = "TIME",
      converter = Durations.class,
      description = "how long to look for a cluster (30s)")
  private Duration joinTimeout;

  @Option(
      names = "--drain-timeout",
      paramLabel = "TIME",
      converter = Durations.class,
      description = "how long to move agents away when told to end; 0s moves none (20s)")
  private Duration drainTimeout;

  @Option(
      names = "--bind",
      paramLabel = "HOST",
      description = "address of grid, bus and link (127.0.0.1)")
  private String bind;

  @Option(names = "--grid-port", paramLabel = "PORT", description = "(7800; PORT+4 is used too)")
  private Integer gridPort;

  @Option(names = "--bus-port", paramLabel = "PORT", description = "(7801)")
  private Integer busPort;

  @Option(names = "--link-port", paramLabel = "PORT", description = "what seeds name (7802)")
  private Integer linkPort;

  @Option(
      names = "--http-host",
      paramLabel = "HOST",
      description = "address of API and dashboard (127.0.0.1); elsewhere read-only without a token")
  private String httpHost;

  @Option(
      names = "--http-port",
      paramLabel = "PORT",
      description = "(8080; 0 takes a free one, -1 serves none)")
  private Integer httpPort;

  @Option(
      names = "--capability",
      paramLabel = "WORD",
      description = "what this node can do, such as gpu; again for more")
  private List<String> capabilities;

  @Option(names = "--zone", paramLabel = "ZONE", description = "failure domain (default)")
  private String zone;

  @Option(names = "--memory", paramLabel = "MB", description = "memory to offer (the heap)")
  private Integer memoryMb;

  @Option(names = "--cpu", paramLabel = "W", description = "processors to offer (all)")
  private Double cpuWeight;

  @Option(
      names = "--topology",
      paramLabel = "SHAPE",
      description = "who gossips with whom: ring, mesh or star (ring)")
  private String topology;

  @Option(
      names = "--shown-variables",
      paramLabel = "N",
      description = "how many of its variables to show in mabeam.variables, at 0.7 KB each (1000)")
  private Integer shownVariables;

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description = "keep there what is decided, over a restart of all nodes (in memory only)")
  private String dataDir;

  @Option(
      names = "--forget-cluster",
      description = "leave the cluster that the data directory remembers, and look for another")
  private Boolean forgetCluster;

  @Option(
      names = "--witness",
      description = "vote and run no agents: makes two other nodes safe")
  private Boolean witness;

  @Option(
      names = "--class-path",
      paramLabel = "JAR-OR-DIR",
      description = "your verticles, which may then be deployed; again for more")
  private List<String> classPath;

  @Option(
      names = "--allow",
      paramLabel = "CLASS",
      description = "a further class, or package.*, that may be deployed; again for more")
  private List<String> allow;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "a file with the operator's token (or MABEAM_TOKEN)")
  private Path tokenFile;

  @Option(
      names = "--conf",
      paramLabel = "DIR",
      description = "your infinispan.xml and jgroups-tcp.xml (those in the jar)")
  private String configDir;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "options as JSON, as 'mabeam config print' shows them")
  private Path config;

  MabeamOptions resolve() {
    return new OptionsResolver(System.getenv()).resolve(flags(), config);
  }

  private JsonObject flags() {
    JsonObject flags = new JsonObject();
    put(flags, "name", name);
    put(flags, "seeds", seeds);
    put(flags, "bootstrap", bootstrap);
    put(flags, "discovery", discovery);
    put(flags, "bootstrapExpect", bootstrapExpect);
    put(flags, "joinTimeoutMs", joinTimeout == null ? null : joinTimeout.toMillis());
    put(flags, "drainTimeoutMs", drainTimeout == null ? null : drainTimeout.toMillis());
    put(flags, "bind", bind);
    put(flags, "gridPort", gridPort);
    put(flags, "busPort", busPort);
    put(flags, "linkPort", linkPort);
    put(flags, "httpHost", httpHost);
    put(flags, "httpPort", httpPort);
    put(flags, "capabilities", capabilities);
    put(flags, "zone", zone);
    put(flags, "memoryMb", memoryMb);
    put(flags, "cpuWeight", cpuWeight);
    put(flags, "topology", topology);
    put(flags, "shownVariables", shownVariables);
    put(flags, "classPath", classPath);
    put(flags, "allow", allow);
    put(flags, "token", tokenFile == null ? null : Client.token(tokenFile, null));
    put(flags, "configDir", configDir);
    put(flags, "dataDir", dataDir);
    put(flags, "forgetCluster", forgetCluster);
    put(flags, "witness", witness);
    return flags;
  }

  private static void put(JsonObject flags, String key, Object value) {
    if (value instanceof List<?> list) {
      flags.put(key, new JsonArray(list));
    } else if (value != null) {
      flags.put(key, value);
    }
  }
}
