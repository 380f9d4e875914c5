package dev.mabeam.grid;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MalformedURLException;
import java.net.ServerSocket;
import java.net.URL;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.ThreadLocalRandom;
import org.infinispan.configuration.parsing.ConfigurationBuilderHolder;
import org.infinispan.configuration.parsing.ParserRegistry;

/** Turns {@link GridOptions} and the files in {@code conf} into Infinispan's configuration. */
final class GridConfig {
  /** FD_SOCK2's {@code offset} in the stack. */
  static final int FAILURE_DETECTION_OFFSET = 4;

  /** Parts a node's name from what makes its address in the view unique; no name contains it. */
  private static final String MARK = "/";

  private final GridOptions options;

  GridConfig(GridOptions options) {
    this.options = options;
  }

  /**
   * The name of the node behind an address in the view. Addresses are unique per process: a node
   * that comes back before its dead process has left the view would otherwise lose its
   * registrations when that one is cleaned up.
   */
  static String nodeName(Object address) {
    String name = address.toString();
    int mark = name.indexOf(MARK);
    return mark < 0 ? name : name.substring(0, mark);
  }

  /** Reads the files; blocking. */
  ConfigurationBuilderHolder load() throws IOException {
    requireOwn();
    ClassLoader loader = GridConfig.class.getClassLoader();
    ConfigurationBuilderHolder holder =
        new ParserRegistry(loader, false, properties()).parse(file("infinispan.xml"));
    holder.getGlobalConfigurationBuilder().classLoader(loader);
    return holder;
  }

  private Properties properties() throws MalformedURLException {
    String unique = Integer.toHexString(ThreadLocalRandom.current().nextInt(0x1000, 0x10000));
    Properties properties = new Properties(System.getProperties());
    properties.setProperty("mabeam.grid.cluster", options.clusterId());
    properties.setProperty("mabeam.grid.node", options.nodeName() + MARK + unique);
    properties.setProperty("mabeam.grid.bind", options.bind());
    properties.setProperty("mabeam.grid.port", Integer.toString(options.port()));
    properties.setProperty("mabeam.grid.hosts", String.join(",", options.initialHosts()));
    boolean founder = !options.waits();
    properties.setProperty("mabeam.grid.join_timeout", founder ? "1" : "30000");
    properties.setProperty("mabeam.grid.join_attempts", founder ? "1" : "0");
    properties.setProperty("mabeam.grid.discovery_runs", founder ? "1" : "300");
    Path own = Path.of(options.configDir(), options.stack());
    properties.setProperty(
        "mabeam.grid.stack",
        isOwn(own) ? own.toAbsolutePath().toString() : "conf/" + options.stack());
    return properties;
  }

  private URL file(String name) throws MalformedURLException {
    Path own = Path.of(options.configDir(), name);
    return isOwn(own)
        ? own.toUri().toURL()
        : GridConfig.class.getClassLoader().getResource("conf/" + name);
  }

  /** A directory that was given has at least one of the files: a typo is not to pass unseen. */
  private void requireOwn() {
    Path own = Path.of(options.configDir());
    if (!options.configDir().isEmpty()
        && !isOwn(own.resolve("infinispan.xml"))
        && !isOwn(own.resolve(options.stack()))) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "there is neither infinispan.xml nor " + options.stack() + " in '" + own + "'",
          "copy them from the project's conf directory, or leave out --conf");
    }
  }

  private boolean isOwn(Path file) {
    return !options.configDir().isEmpty() && Files.isRegularFile(file);
  }

  /** Fails with CONFLICT if a port of the channel is taken, which JGroups would not name; blocking. */
  void checkPorts() {
    if (!options.stack().equals(GridOptions.TCP)) {
      return;
    }
    int detection = options.port() + FAILURE_DETECTION_OFFSET;
    if (options.port() < 1 || detection > 65535) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "grid port " + options.port() + " is not between 1 and " + (65535 - 4),
          "choose another one with --grid-port; the port plus 4 is used too");
    }
    check(options.port(), "grid port " + options.port());
    check(
        detection,
        "failure-detection port " + detection + " (grid port " + options.port() + " + 4)");
  }

  private void check(int port, String what) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getByName(options.bind()), port));
    } catch (UnknownHostException e) {
      throw noSuchAddress(e);
    } catch (BindException e) {
      if (String.valueOf(e.getMessage()).contains("assign requested address")) {
        throw noSuchAddress(e);
      }
      throw new MabeamException(
          ErrorCode.CONFLICT,
          what + " on " + options.bind() + " is in use",
          "stop what listens there, or choose another port with --grid-port");
    } catch (IOException e) {
      throw new MabeamException(
          ErrorCode.INVALID, what + " on " + options.bind() + " cannot be bound: " + e.getMessage(),
          "choose another port with --grid-port");
    }
  }

  private MabeamException noSuchAddress(IOException cause) {
    return new MabeamException(
        ErrorCode.INVALID,
        "'" + options.bind() + "' is not an address of this machine",
        "give one with --bind",
        cause);
  }
}
