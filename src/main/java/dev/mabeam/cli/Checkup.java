package dev.mabeam.cli;

import dev.mabeam.MabeamOptions;
import dev.mabeam.SupportedJava;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.xml.sax.SAXException;

/** What {@code doctor} looks at. Each check stands alone and finds something to say. */
final class Checkup {
  private static final List<String> FILES = List.of("infinispan.xml", "jgroups-tcp.xml");
  private static final long MB = 1024 * 1024;
  private static final long DISK_FAIL_MB = 100;
  private static final long DISK_WARN_MB = 1024;
  private static final Duration CALL = Duration.ofSeconds(2);

  private final Api api;
  private final boolean urlGiven;
  private final String configDir;

  /** How good it is. */
  enum Level {
    /** As it should be. */
    ok,
    /** Works, or will once something is started. */
    warn,
    /** Does not work. */
    fail
  }

  record Finding(Level level, String check, String message, String hint) {
    JsonObject toJson() {
      return new JsonObject()
          .put("level", level.name())
          .put("check", check)
          .put("message", message)
          .put("hint", hint);
    }
  }

  /**
   * @param urlGiven whether the user named the node, and so expects one there
   * @param configDir the user's configuration, or null for the one in the jar
   */
  Checkup(Api api, boolean urlGiven, String configDir) {
    this.api = api;
    this.urlGiven = urlGiven;
    this.configDir = configDir;
  }

  List<Finding> all() {
    List<Finding> findings = new ArrayList<>();
    findings.add(java(Runtime.version().feature()));
    findings.add(memory());
    findings.add(disk("disk", home()));
    findings.add(disk("temp", Path.of(System.getProperty("java.io.tmpdir"))));
    findings.add(configuration());
    JsonObject cluster = null;
    try {
      cluster = api.object("/api/v1/cluster");
      findings.add(ok("node", cluster.getString("node", "a node") + " answers at " + api.url()));
    } catch (CliException unreachable) {
      findings.add(
          new Finding(
              urlGiven ? Level.fail : Level.warn,
              "node",
              unreachable.getMessage(),
              unreachable.hint()));
    } catch (RuntimeException refused) {
      findings.add(new Finding(Level.fail, "node", api.url() + ": " + refused.getMessage(), ""));
    }
    findings.addAll(ports(cluster != null));
    if (cluster != null) {
      findings.add(ready());
      findings.add(new Agreement(this::cluster, api.url()).find());
      findings.add(new Quorum(cluster).find());
    }
    return findings;
  }

  /** What the node itself finds wrong with it. */
  private Finding ready() {
    List<String> down =
        api.whateverStatus("/health/ready").getJsonArray("checks", new JsonArray()).stream()
            .map(JsonObject.class::cast)
            .filter(check -> check.getString("status", "").equals("DOWN"))
            .map(check -> check.getString("reason", check.getString("id")))
            .toList();
    return down.isEmpty()
        ? ok("ready", "it is ready")
        : new Finding(Level.fail, "ready", "it is not ready: " + String.join("; ", down), "");
  }

  private static Finding ok(String check, String message) {
    return new Finding(Level.ok, check, message, "");
  }

  static Finding java(int feature) {
    String message = "Java " + Runtime.version() + " at " + System.getProperty("java.home");
    return feature >= SupportedJava.OLDEST && feature <= SupportedJava.NEWEST
        ? new Finding(Level.ok, "java", message, "")
        : new Finding(
            Level.fail,
            "java",
            message,
            "mabeam runs on Java 17 to 22; set JAVA_HOME to such a JDK");
  }

  private static Finding memory() {
    long free = -1;
    try {
      for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
        if (line.startsWith("MemAvailable:")) {
          free = Long.parseLong(line.replaceAll("\\D", "")) / 1024;
        }
      }
    } catch (IOException | NumberFormatException notLinux) {
      free = -1;
    }
    if (free < 0) {
      return new Finding(Level.ok, "memory", "not known on this system", "");
    }
    return free < 1000
        ? new Finding(
            Level.warn, "memory", free + " MB available", "the demo's three nodes use 1 GB")
        : new Finding(Level.ok, "memory", free + " MB available", "");
  }

  private static Path home() {
    return Path.of(System.getProperty("mabeam.home", System.getProperty("user.dir")));
  }

  static Finding disk(String check, Path directory) {
    try {
      long free = Files.getFileStore(directory).getUsableSpace() / MB;
      String message = free + " MB free at " + directory;
      if (!Files.isWritable(directory)) {
        return new Finding(
            Level.warn, check, directory + " cannot be written", "building and logs need it");
      }
      if (free < DISK_FAIL_MB) {
        return new Finding(
            Level.fail, check, message, "free some space: " + DISK_FAIL_MB + " MB is the least");
      }
      return free < DISK_WARN_MB
          ? new Finding(Level.warn, check, message, "a build needs up to 1 GB")
          : new Finding(Level.ok, check, message, "");
    } catch (IOException failure) {
      return new Finding(Level.fail, check, directory + ": " + Reasons.of(failure), "");
    }
  }

  private Finding configuration() {
    String where = configDir == null ? "the jar" : configDir;
    for (String file : FILES) {
      try (InputStream in = open(file)) {
        if (in == null) {
          return new Finding(
              Level.fail, "conf", file + " is not in " + where, "build mabeam again");
        }
        DocumentBuilder parser = DocumentBuilderFactory.newInstance().newDocumentBuilder();
        parser.setErrorHandler(null); // it would print what the finding says
        parser.parse(in);
      } catch (IOException | SAXException | ParserConfigurationException failure) {
        return new Finding(
            Level.fail,
            "conf",
            file + " in " + where + " cannot be read: " + Reasons.of(failure),
            "compare it with conf/" + file + " of mabeam");
      }
    }
    return ok("conf", String.join(" and ", FILES) + " in " + where + " can be read");
  }

  private InputStream open(String file) throws IOException {
    return configDir == null
        ? Checkup.class.getClassLoader().getResourceAsStream("conf/" + file)
        : Files.newInputStream(Path.of(configDir, file));
  }

  private static List<Finding> ports(boolean nodeAnswers) {
    Ports defaults =
        new Ports(
            MabeamOptions.DEFAULT_GRID_PORT,
            MabeamOptions.DEFAULT_BUS_PORT,
            MabeamOptions.DEFAULT_LINK_PORT,
            MabeamOptions.DEFAULT_HTTP_PORT);
    Map<String, Set<Integer>> taken = new TreeMap<>();
    Map<Integer, String> options = new TreeMap<>();
    for (Ports.Use use : defaults.uses()) {
      if (!Ports.isFree(MabeamOptions.DEFAULT_BIND, use.port())) {
        String owner = Ports.owner(use.port()).orElse("somebody");
        taken.computeIfAbsent(owner, key -> new TreeSet<>()).add(use.port());
        options.put(use.port(), use.option());
      }
    }
    if (taken.isEmpty()) {
      return List.of(new Finding(Level.ok, "ports", "a node's default ports are free", ""));
    }
    List<Finding> findings = new ArrayList<>();
    taken.forEach(
        (owner, ports) -> {
          boolean ours = nodeAnswers && owner.contains("java");
          String list = String.join(", ", ports.stream().map(String::valueOf).toList());
          Set<String> flags = new TreeSet<>(ports.stream().map(options::get).toList());
          findings.add(
              ours
                  ? new Finding(Level.ok, "ports", list + " in use by a node, " + owner, "")
                  : new Finding(
                      Level.warn,
                      "ports",
                      list + " in use by " + owner,
                      "give a node others with " + String.join(", ", flags)));
        });
    return findings;
  }

  /** Asked with the user's token only at the node that the user named. */
  private JsonObject cluster(String url) {
    Api node = url.equals(api.url()) ? api : new Api(url, "", CALL);
    return node.object("/api/v1/cluster");
  }
}
