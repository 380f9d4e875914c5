package dev.mabeam.link;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The ways in which a node finds its seeds, by the words of {@code --discovery}.
 *
 * <ul>
 *   <li>{@code static}: the seeds that are given, and no others.
 *   <li>{@code dns:NAME} or {@code dns:NAME:PORT}: every address that NAME has.
 *   <li>{@code kubernetes}: every address of the headless service {@code MABEAM_SERVICE} (by
 *       default {@code mabeam}) in {@code NAMESPACE} (by default the pod's own). The service has to
 *       publish addresses that are not ready, since nodes are ready only when they have found each
 *       other.
 *   <li>{@code multicast} or {@code multicast:GROUP:PORT}: whoever answers in the local network.
 * </ul>
 *
 * Seeds that are given are asked too, whatever the way.
 */
public final class Discovery {
  private static final Path POD_NAMESPACE =
      Path.of("/var/run/secrets/kubernetes.io/serviceaccount/namespace");

  private Discovery() {}

  /**
   * The source that {@code way} names; INVALID if there is no such way.
   *
   * @param self this node's own link address, which multicast tells the others
   * @param environment the process's, for {@code kubernetes}
   */
  public static SeedSource of(
      Vertx vertx,
      String way,
      List<LinkAddress> seeds,
      LinkAddress self,
      Map<String, String> environment) {
    SeedSource given = SeedSource.fixed(seeds);
    int colon = way.indexOf(':');
    String kind = colon < 0 ? way : way.substring(0, colon);
    String rest = colon < 0 ? "" : way.substring(colon + 1);
    if (kind.equals("static") && rest.isEmpty()) {
      return given;
    }
    SeedSource found =
        switch (kind) {
          case "dns" -> dns(vertx, way, rest, self.port());
          case "kubernetes" -> kubernetes(vertx, self.port(), environment);
          case "multicast" -> new MulticastSeeds(vertx, rest, self);
          default -> throw unknown(way);
        };
    return seeds.isEmpty() ? found : new Both(given, found);
  }

  private static SeedSource dns(Vertx vertx, String way, String rest, int port) {
    if (rest.isEmpty()) {
      throw unknown(way);
    }
    boolean named = rest.contains(":");
    LinkAddress address = LinkAddress.parse(rest);
    return new DnsSeeds(vertx, address.host(), named ? address.port() : port);
  }

  private static SeedSource kubernetes(Vertx vertx, int port, Map<String, String> environment) {
    String service = environment.getOrDefault("MABEAM_SERVICE", "mabeam");
    String namespace = environment.getOrDefault("NAMESPACE", podNamespace());
    return new DnsSeeds(vertx, service + "." + namespace + ".svc.cluster.local", port);
  }

  private static String podNamespace() {
    try {
      return Files.readString(POD_NAMESPACE).trim();
    } catch (IOException notInAPod) {
      return "default";
    }
  }

  private static MabeamException unknown(String way) {
    return new MabeamException(
        ErrorCode.INVALID,
        "there is no discovery '" + way + "'",
        "use static, dns:NAME, kubernetes or multicast");
  }

  private record Both(SeedSource given, SeedSource found) implements SeedSource {
    @Override
    public Future<List<LinkAddress>> seeds() {
      return Future.all(given.seeds(), found.seeds().otherwise(List.of()))
          .map(
              both ->
                  both.<List<LinkAddress>>list().stream()
                      .flatMap(List::stream)
                      .distinct()
                      .toList());
    }

    @Override
    public String describe() {
      return given.describe() + " and " + found.describe();
    }
  }
}
