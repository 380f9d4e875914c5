package dev.mabeam;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.membership.Topology;
import dev.mabeam.variable.VariableContext;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * How a node is started. A setter refuses with INVALID what can never be right. Every property has
 * a default, so {@code new MabeamOptions()} is a node that founds a cluster of its own on loopback.
 *
 * <p>The JSON form has the properties' names as keys; it refuses a key that it does not know, since
 * that is nearly always a typo.
 */
public final class MabeamOptions {
  /** Names of nodes: what a host name may contain, and {@code _} and {@code @}. */
  public static final Pattern NAME = Pattern.compile("[A-Za-z0-9._@-]+");

  /** The node's name, unique in the cluster. */
  public static final String DEFAULT_NAME = "node";
  /** The address that grid, bus and link bind and that other nodes dial. */
  public static final String DEFAULT_BIND = "127.0.0.1";
  /** The port of the JGroups channel. Failure detection takes this port plus 4. */
  public static final int DEFAULT_GRID_PORT = 7800;
  /** The port of the clustered event bus. */
  public static final int DEFAULT_BUS_PORT = 7801;
  /** The port of the link, which is also what seeds name. */
  public static final int DEFAULT_LINK_PORT = 7802;
  /** The address that the HTTP server binds. */
  public static final String DEFAULT_HTTP_HOST = "127.0.0.1";
  /** The port of the HTTP server; 0 takes a free one, -1 starts none. */
  public static final int DEFAULT_HTTP_PORT = 8080;
  /** How long a node looks for a cluster before it gives up. */
  public static final Duration DEFAULT_JOIN_TIMEOUT = Duration.ofSeconds(30);
  /** How long a node that ends moves its agents to others before it goes all the same. */
  public static final Duration DEFAULT_DRAIN_TIMEOUT = Duration.ofSeconds(20);
  /** How seeds are found: {@code static}, {@code dns:NAME}, {@code kubernetes}, {@code multicast}. */
  public static final String DEFAULT_DISCOVERY = "static";
  /** Who gossips with whom: {@code ring}, {@code mesh} or {@code star}. */
  public static final String DEFAULT_TOPOLOGY = "ring";
  /** The failure domain that the node is in. */
  public static final String DEFAULT_ZONE = "default";
  /** See {@link #setShownVariables}. */
  public static final int DEFAULT_SHOWN_VARIABLES = VariableContext.DEFAULT_SHOWN;

  private static final Pattern WORD = Pattern.compile("[^\\s\\p{Cntrl}]+");
  private static final int LAST_PORT = 65_535;

  private static final Set<String> KEYS =
      Set.of(
          "name", "seeds", "bootstrap", "discovery", "bootstrapExpect", "joinTimeoutMs", "bind",
          "gridPort", "busPort", "linkPort", "httpHost", "httpPort", "capabilities", "zone",
          "memoryMb", "cpuWeight", "classPath", "allow", "token", "configDir", "dataDir",
          "forgetCluster", "witness", "drainTimeoutMs",
          "topology", "shownVariables");

  private String name = DEFAULT_NAME;
  private List<String> seeds = List.of();
  private boolean bootstrap;
  private String discovery = DEFAULT_DISCOVERY;
  private int bootstrapExpect;
  private Duration joinTimeout = DEFAULT_JOIN_TIMEOUT;
  private Duration drainTimeout = DEFAULT_DRAIN_TIMEOUT;
  private String bind = DEFAULT_BIND;
  private int gridPort = DEFAULT_GRID_PORT;
  private int busPort = DEFAULT_BUS_PORT;
  private int linkPort = DEFAULT_LINK_PORT;
  private String httpHost = DEFAULT_HTTP_HOST;
  private int httpPort = DEFAULT_HTTP_PORT;
  private List<String> capabilities = List.of();
  private String zone = DEFAULT_ZONE;
  private int memoryMb;
  private double cpuWeight;
  private List<String> classPath = List.of();
  private List<String> allow = List.of();
  private String token = "";
  private String configDir = "";
  private String dataDir = "";
  private boolean forgetCluster;
  private boolean witness;
  private String topology = DEFAULT_TOPOLOGY;
  private int shownVariables = DEFAULT_SHOWN_VARIABLES;

  public MabeamOptions() {}

  public MabeamOptions(MabeamOptions other) {
    this(other.toJson());
  }

  /** Reads the form that {@link #toJson()} writes; INVALID names a key that is unknown. */
  public MabeamOptions(JsonObject json) {
    Set<String> unknown = new TreeSet<>(json.fieldNames());
    unknown.removeAll(KEYS);
    if (!unknown.isEmpty()) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "unknown option " + String.join(", ", unknown),
          "known options: " + String.join(", ", new TreeSet<>(KEYS)));
    }
    try {
      read(json);
    } catch (ClassCastException wrongType) {
      throw new MabeamException(
          ErrorCode.INVALID, "an option has a value of the wrong type: " + wrongType.getMessage());
    }
  }

  private void read(JsonObject json) {
    setName(json.getString("name", name));
    seeds = strings(json, "seeds");
    bootstrap = json.getBoolean("bootstrap", bootstrap);
    discovery = json.getString("discovery", discovery);
    setBootstrapExpect(json.getInteger("bootstrapExpect", bootstrapExpect));
    setJoinTimeout(Duration.ofMillis(json.getLong("joinTimeoutMs", joinTimeout.toMillis())));
    setDrainTimeout(Duration.ofMillis(json.getLong("drainTimeoutMs", drainTimeout.toMillis())));
    bind = json.getString("bind", bind);
    setGridPort(json.getInteger("gridPort", gridPort));
    setBusPort(json.getInteger("busPort", busPort));
    setLinkPort(json.getInteger("linkPort", linkPort));
    httpHost = json.getString("httpHost", httpHost);
    setHttpPort(json.getInteger("httpPort", httpPort));
    setCapabilities(strings(json, "capabilities"));
    setZone(json.getString("zone", zone));
    setMemoryMb(json.getInteger("memoryMb", memoryMb));
    setCpuWeight(json.getDouble("cpuWeight", cpuWeight));
    classPath = strings(json, "classPath");
    allow = strings(json, "allow");
    token = json.getString("token", token);
    configDir = json.getString("configDir", configDir);
    dataDir = json.getString("dataDir", dataDir);
    forgetCluster = json.getBoolean("forgetCluster", forgetCluster);
    witness = json.getBoolean("witness", witness);
    setTopology(json.getString("topology", topology));
    setShownVariables(json.getInteger("shownVariables", shownVariables));
  }

  /** Every property under its name; the token is there too, so mask it before showing this. */
  public JsonObject toJson() {
    return new JsonObject()
        .put("name", name)
        .put("seeds", new JsonArray(seeds))
        .put("bootstrap", bootstrap)
        .put("discovery", discovery)
        .put("bootstrapExpect", bootstrapExpect)
        .put("joinTimeoutMs", joinTimeout.toMillis())
        .put("drainTimeoutMs", drainTimeout.toMillis())
        .put("bind", bind)
        .put("gridPort", gridPort)
        .put("busPort", busPort)
        .put("linkPort", linkPort)
        .put("httpHost", httpHost)
        .put("httpPort", httpPort)
        .put("capabilities", new JsonArray(capabilities))
        .put("zone", zone)
        .put("memoryMb", memoryMb)
        .put("cpuWeight", cpuWeight)
        .put("classPath", new JsonArray(classPath))
        .put("allow", new JsonArray(allow))
        .put("token", token)
        .put("configDir", configDir)
        .put("dataDir", dataDir)
        .put("forgetCluster", forgetCluster)
        .put("witness", witness)
        .put("topology", topology)
        .put("shownVariables", shownVariables);
  }

  private static List<String> strings(JsonObject json, String key) {
    return json.getJsonArray(key, new JsonArray()).stream().map(String.class::cast).toList();
  }

  private static void requireAtLeast(String option, double least, double value) {
    if (!(value >= least && value < Double.POSITIVE_INFINITY)) {
      throw invalid(option, value == Math.rint(value) ? "" + (long) value : "" + value,
          "it is at least " + (long) least);
    }
  }

  private static void requirePort(String option, int port, int first, int last) {
    if (port < first || port > last) {
      throw invalid(option, "" + port, "choose a port from " + first + " to " + last);
    }
  }

  private static void requireText(String option, String text) {
    if (!WORD.matcher(text).matches()) {
      throw invalid(option, "'" + text + "'", "use words without spaces");
    }
  }

  private static MabeamException invalid(String option, String value, String hint) {
    return new MabeamException(
        ErrorCode.INVALID, "option " + option + " cannot be " + value, hint);
  }

  public String getName() {
    return name;
  }

  /** INVALID if {@code name} has a character that {@link #NAME} does not allow. */
  public MabeamOptions setName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new MabeamException(
          ErrorCode.INVALID, "node name '" + name + "' is not valid", "use " + NAME.pattern());
    }
    this.name = name;
    return this;
  }

  public List<String> getSeeds() {
    return seeds;
  }

  /** Link addresses, {@code host:port}, of nodes that lead to the cluster or found it together. */
  public MabeamOptions setSeeds(List<String> seeds) {
    this.seeds = List.copyOf(seeds);
    return this;
  }

  public boolean isBootstrap() {
    return bootstrap;
  }

  /** Founds a cluster alone if no seed leads to one; right for one node of a new cluster. */
  public MabeamOptions setBootstrap(boolean bootstrap) {
    this.bootstrap = bootstrap;
    return this;
  }

  public String getDiscovery() {
    return discovery;
  }

  public MabeamOptions setDiscovery(String discovery) {
    this.discovery = discovery;
    return this;
  }

  public int getBootstrapExpect() {
    return bootstrapExpect;
  }

  /** How many nodes have to agree before discovered nodes found a cluster; 0 is all seeds. */
  public MabeamOptions setBootstrapExpect(int bootstrapExpect) {
    requireAtLeast("bootstrapExpect", 0, bootstrapExpect);
    this.bootstrapExpect = bootstrapExpect;
    return this;
  }

  public Duration getJoinTimeout() {
    return joinTimeout;
  }

  public MabeamOptions setJoinTimeout(Duration joinTimeout) {
    requireAtLeast("joinTimeoutMs", 1, joinTimeout.toMillis());
    this.joinTimeout = joinTimeout;
    return this;
  }

  public Duration getDrainTimeout() {
    return drainTimeout;
  }

  /** For {@link Mabeam#drain}; zero moves nothing. */
  public MabeamOptions setDrainTimeout(Duration drainTimeout) {
    requireAtLeast("drainTimeoutMs", 0, drainTimeout.toMillis());
    this.drainTimeout = drainTimeout;
    return this;
  }

  public String getBind() {
    return bind;
  }

  public MabeamOptions setBind(String bind) {
    this.bind = bind;
    return this;
  }

  public int getGridPort() {
    return gridPort;
  }

  /** Failure detection takes the port plus 4. */
  public MabeamOptions setGridPort(int gridPort) {
    requirePort("gridPort", gridPort, 1, LAST_PORT - 4);
    this.gridPort = gridPort;
    return this;
  }

  public int getBusPort() {
    return busPort;
  }

  public MabeamOptions setBusPort(int busPort) {
    requirePort("busPort", busPort, 1, LAST_PORT);
    this.busPort = busPort;
    return this;
  }

  public int getLinkPort() {
    return linkPort;
  }

  public MabeamOptions setLinkPort(int linkPort) {
    requirePort("linkPort", linkPort, 1, LAST_PORT);
    this.linkPort = linkPort;
    return this;
  }

  public String getHttpHost() {
    return httpHost;
  }

  public MabeamOptions setHttpHost(String httpHost) {
    this.httpHost = httpHost;
    return this;
  }

  public int getHttpPort() {
    return httpPort;
  }

  /** 0 takes a free one, -1 serves none. */
  public MabeamOptions setHttpPort(int httpPort) {
    requirePort("httpPort", httpPort, -1, LAST_PORT);
    this.httpPort = httpPort;
    return this;
  }

  public List<String> getCapabilities() {
    return capabilities;
  }

  /** What this node can do that others may not, such as {@code gpu}. */
  public MabeamOptions setCapabilities(List<String> capabilities) {
    capabilities.forEach(each -> requireText("capabilities", each));
    this.capabilities = List.copyOf(capabilities);
    return this;
  }

  public String getZone() {
    return zone;
  }

  public MabeamOptions setZone(String zone) {
    requireText("zone", zone);
    this.zone = zone;
    return this;
  }

  public int getMemoryMb() {
    return memoryMb;
  }

  /** The node's memory in MB for placement; 0 takes the heap's limit. */
  public MabeamOptions setMemoryMb(int memoryMb) {
    requireAtLeast("memoryMb", 0, memoryMb);
    this.memoryMb = memoryMb;
    return this;
  }

  public double getCpuWeight() {
    return cpuWeight;
  }

  /** The node's processors for placement; 0 takes what the container or the machine gives. */
  public MabeamOptions setCpuWeight(double cpuWeight) {
    requireAtLeast("cpuWeight", 0, cpuWeight);
    this.cpuWeight = cpuWeight;
    return this;
  }

  public List<String> getClassPath() {
    return classPath;
  }

  /** Jars and directories with users' verticles; what they bring may be deployed. */
  public MabeamOptions setClassPath(List<String> classPath) {
    this.classPath = List.copyOf(classPath);
    return this;
  }

  public List<String> getAllow() {
    return allow;
  }

  /** Further classes that may be deployed: full names, or packages ending in {@code .*}. */
  public MabeamOptions setAllow(List<String> allow) {
    this.allow = List.copyOf(allow);
    return this;
  }

  public String getToken() {
    return token;
  }

  /** What operators present as a bearer token when HTTP is not bound to loopback. */
  public MabeamOptions setToken(String token) {
    this.token = token;
    return this;
  }

  public String getConfigDir() {
    return configDir;
  }

  /** Where {@code infinispan.xml} and {@code jgroups-tcp.xml} are; empty takes those in the jar. */
  public MabeamOptions setConfigDir(String configDir) {
    this.configDir = configDir;
    return this;
  }

  public String getDataDir() {
    return dataDir;
  }

  /**
   * Where the node keeps what it has decided with the others, so that a cluster outlives the end
   * of all its nodes; empty keeps it in memory.
   */
  public MabeamOptions setDataDir(String dataDir) {
    this.dataDir = dataDir;
    return this;
  }

  public boolean isForgetCluster() {
    return forgetCluster;
  }

  /** Leaves the cluster that {@link #setDataDir the data directory} remembers, before it starts. */
  public MabeamOptions setForgetCluster(boolean forgetCluster) {
    this.forgetCluster = forgetCluster;
    return this;
  }

  public boolean isWitness() {
    return witness;
  }

  /** Votes, and runs no agents: a witness makes two other nodes safe. */
  public MabeamOptions setWitness(boolean witness) {
    this.witness = witness;
    return this;
  }

  public String getTopology() {
    return topology;
  }

  /** INVALID unless it is {@code ring}, {@code mesh} or {@code star}. */
  public MabeamOptions setTopology(String topology) {
    Topology.fromJson(topology);
    this.topology = topology;
    return this;
  }

  public int getShownVariables() {
    return shownVariables;
  }

  /**
   * How many of the variables that it is master of the node shows with their last values in the
   * cache {@code mabeam.variables}. Each costs every node about 0.7 KB, more than the variable does.
   */
  public MabeamOptions setShownVariables(int shownVariables) {
    requireAtLeast("shownVariables", 0, shownVariables);
    this.shownVariables = shownVariables;
    return this;
  }
}
